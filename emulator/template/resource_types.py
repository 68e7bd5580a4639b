"""Which types of resources are emulated, which are only named, and which cannot be right."""

import difflib
import re

from emulator.properties import TemplateError
from emulator.resources import Alias, EventInvokeConfig, EventSourceMapping, Function, FunctionUrl, Permission, Queue
from emulator.resources.queue import QUEUE_NAME

ALIAS = Alias.TYPE
#: emulated type → the attributes that references can ask for; "" is Ref
EMULATED = {
    Queue.TYPE: {"", "Arn", QUEUE_NAME, "QueueUrl"},
    Function.TYPE: {"", "Arn"},
    FunctionUrl.TYPE: {"", "FunctionUrl", "FunctionArn"},
    EventInvokeConfig.TYPE: {""},
    EventSourceMapping.TYPE: {"", "Id"},
    Permission.TYPE: {"", "Id"},
    ALIAS: {"", "AliasArn"},
}
TRANSFORM = "AWS::Serverless-2016-10-31"  #: of SAM templates
LAYER = "AWS::Lambda::LayerVersion"
#: versions and aliases of functions: references to them lead to the function as it is now
VERSION = "AWS::Lambda::Version"
FUNCTION_VERSIONS = (VERSION, ALIAS)
#: types of the emulated services that are accepted without effect; types of other services all are
NAMED = {
    VERSION,
    "AWS::Lambda::CapacityProvider",
    "AWS::Lambda::CodeSigningConfig",
    LAYER,
    "AWS::Lambda::LayerVersionPermission",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SQS::QueuePolicy",
}
_SERVICES = ("AWS::Lambda::", "AWS::SQS::")
_TYPE = re.compile(r"([A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+(::MODULE)?)|(Custom::[A-Za-z0-9_@-]+)")


def is_emulated(kind: str) -> bool:
    """Return whether resources of this type are emulated."""
    return kind in EMULATED


def check_type(kind: str, path: str) -> None:
    """Raise a `TemplateError` for a type that neither is emulated nor exists on AWS."""
    if kind.startswith("AWS::Serverless::"):
        raise TemplateError(f"{path}.Type", f"{kind} is a type of SAM; add Transform: {TRANSFORM} to the template")
    known = {*EMULATED, *NAMED}
    if kind in known or (_TYPE.fullmatch(kind) and not kind.startswith(_SERVICES)):
        return
    close = difflib.get_close_matches(kind, sorted(known), n=1)
    cure = f"did you mean {close[0]}?" if close else f"the emulated types are {', '.join(sorted(EMULATED))}"
    raise TemplateError(f"{path}.Type", f"{kind} is not a type of CloudFormation that the emulator knows; {cure}")
