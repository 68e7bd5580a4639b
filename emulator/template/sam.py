"""Translates SAM templates to CloudFormation with aws-sam-translator, the library that AWS itself uses.

The library is imported only for SAM templates: this takes half a second.
"""

import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from emulator.properties import TemplateError
from emulator.template.resource_types import TRANSFORM
from emulator.template.template_problems import as_error

FUNCTION = "AWS::Serverless::Function"
SAM_LAYER = "AWS::Serverless::LayerVersion"
APPLICATION = "AWS::Serverless::Application"
#: stands for an application: the translator would ask AWS for it, with the user's credentials
NESTED_STACK = {"Type": "AWS::CloudFormation::Stack", "Properties": {}}
#: properties that may hold a local path, which the translator does not accept
LOCAL_PATHS = {
    FUNCTION: "CodeUri",
    SAM_LAYER: "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
#: types whose DefinitionBody CloudFormation may include from a file before it translates; no API is emulated
APIS: Mapping[str, Mapping[str, Any]] = {
    "AWS::Serverless::Api": {"swagger": "2.0", "paths": {}},
    "AWS::Serverless::HttpApi": {"openapi": "3.0.1", "paths": {}},
}
LOCAL_BUCKET = "s3://local/"  #: stands for the folder of the template
_CAUSE = re.compile(r"Resource with id \[(?P<id>[^\]]+)\] is invalid\. ?(?P<problem>.*)", re.DOTALL)
_UNKNOWN = re.compile(r"property (?P<name>\S+) not defined for resource of type (?P<kind>\S+)")
CURE = "see the SAM specification of this resource"


@dataclass(frozen=True, slots=True)
class Translation:
    """A template without SAM."""

    document: dict[str, Any]
    not_emulated: tuple[str, ...] = ()  #: events of other services, aliases: "what (type)"


def translate(document: dict[str, Any], parameters: Mapping[str, str], region: str) -> Translation:
    """Return the CloudFormation template that a SAM template stands for; any other template stays as it is."""
    if TRANSFORM not in _transforms(document):
        return Translation(document)
    if not document.get("Resources"):
        return Translation({"Resources": {}})
    prepared = copy.deepcopy(document)
    functions = _resources(prepared, FUNCTION)
    for name, resource in functions.items():
        _name_image(name, resource)
    _replace_included(prepared)
    _replace_local_paths(prepared)
    for resource in _resources(prepared, APPLICATION).values():
        resource.update(NESTED_STACK)
    not_emulated = tuple(_not_emulated(functions, shared_properties(prepared)))
    translated = _run(prepared, {**parameters, "AWS::Region": region}, region)
    rest = [name for name in _transforms(document) if name != TRANSFORM]
    return Translation({**translated, "Transform": rest} if rest else translated, not_emulated)


def _run(document: dict[str, Any], parameters: Mapping[str, str], region: str) -> dict[str, Any]:
    from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415  # see the module
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415

    session = SimpleNamespace(region_name=region)  # a session of boto3 would read the user's profile
    translator = Translator({}, Parser(), boto_session=session)
    try:
        translated: dict[str, Any] = translator.translate(document, dict(parameters))
    except InvalidDocumentException as error:
        raise as_error([_problem(str(cause.message)) for cause in error.causes]) from error
    except Exception as error:  # a library's code on a stranger's template
        problem = f"{type(error).__name__}: {error}"
        raise TemplateError(
            "", f"aws-sam-translator cannot translate this template ({problem}); check its types"
        ) from error
    finally:
        translator.metrics.publish()  # or it complains at its end
    return translated


def _problem(message: str) -> TemplateError:
    """Return an error of the translator with the path of its resource."""
    match = _CAUSE.fullmatch(message)
    if match is None:
        return TemplateError("", f"{message.rstrip('.')}; {CURE}")
    problem = " ".join(match["problem"].split()).rstrip(".")
    cure = CURE
    if "'ImageUri'" in problem:
        cure = "name the image, or add Metadata with Dockerfile and DockerContext"
    elif unknown := _UNKNOWN.search(problem):
        cure = _nearest(unknown["name"], unknown["kind"]) or CURE
    return TemplateError(f"Resources.{match['id']}", f"{problem}; {cure}")


def _nearest(name: str, kind: str) -> str:
    """Return the property of a type of SAM that is most like a name that it does not have, as a cure."""
    from samtranslator.model import sam_resources  # noqa: PLC0415

    types = [value for value in vars(sam_resources).values() if getattr(value, "resource_type", "") == kind]
    close = difflib.get_close_matches(name, sorted({known for one in types for known in one.property_types}), n=1)
    return f"did you mean {close[0]}?" if close else ""


def _transforms(document: Mapping[str, Any]) -> list[Any]:
    transform = document.get("Transform")
    return transform if isinstance(transform, list) else [transform]


def shared_properties(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties that all functions share."""
    section = document.get("Globals")
    shared = section.get("Function") if isinstance(section, dict) else None
    return shared if isinstance(shared, dict) else {}


def _resources(document: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the well-formed resources of a type; the others are problems that the translator reports."""
    resources = document.get("Resources")
    found = resources.items() if isinstance(resources, dict) else ()
    return {
        str(name): resource
        for name, resource in found
        if isinstance(resource, dict)
        and resource.get("Type") == kind
        and isinstance(resource.get("Properties", {}), dict)
    }


def _name_image(name: str, resource: dict[str, Any]) -> None:
    """Give an image that is built from Metadata the name that `sam build` gives it."""
    properties, metadata = resource.setdefault("Properties", {}), resource.get("Metadata")
    if properties.get("PackageType") != "Image" or "ImageUri" in properties or not isinstance(metadata, dict):
        return
    if "Dockerfile" in metadata or "DockerContext" in metadata:
        properties["ImageUri"] = f"{name.lower()}:{metadata.get('DockerTag', 'latest')}"


def _replace_local_paths(document: dict[str, Any]) -> None:
    """Write local paths as objects of S3: the translator would refuse them, because `sam package` replaces them."""
    for kind, key in LOCAL_PATHS.items():
        for resource in _resources(document, kind).values():
            _replace_local_path(resource.get("Properties", {}), key)
    shared = shared_properties(document)
    if isinstance(shared, dict):
        _replace_local_path(shared, LOCAL_PATHS[FUNCTION])


def _replace_local_path(properties: dict[str, Any], key: str) -> None:
    path = properties.get(key)
    if isinstance(path, str) and not path.startswith("s3://"):
        properties[key] = LOCAL_BUCKET + (path.strip("./") or "code")


def _replace_included(document: dict[str, Any]) -> None:
    """Write an empty definition where CloudFormation would include one from a file of S3."""
    for kind, empty in APIS.items():
        for resource in _resources(document, kind).values():
            body = resource.get("Properties", {}).get("DefinitionBody")
            if isinstance(body, dict) and "Fn::Transform" in body:
                resource["Properties"]["DefinitionBody"] = copy.deepcopy(dict(empty))


def _not_emulated(functions: Mapping[str, Mapping[str, Any]], shared: Mapping[str, Any]) -> Iterator[str]:
    """Report the events that only other services would send."""
    for name, resource in functions.items():
        properties = {**shared, **resource.get("Properties", {})}
        events = properties.get("Events")
        for event, declared in events.items() if isinstance(events, dict) else ():
            kind = declared.get("Type") if isinstance(declared, dict) else None
            if kind != "SQS":
                yield f"event {event} of {name} ({kind})"
