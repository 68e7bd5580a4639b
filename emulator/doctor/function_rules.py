"""Rules for functions, their URLs and their logs."""

import re
from collections.abc import Iterator, Sequence

from emulator.aws.identifiers import log_group
from emulator.aws.limits import ENVIRONMENT_BYTES
from emulator.doctor.findings import Finding, Level
from emulator.resources import Function, FunctionUrl, Resources
from emulator.resources.function_variables import variables_bytes
from emulator.resources.permission import UNSIGNED
from emulator.template import Declared

WARNING_SHARE = 0.9  #: the share of a limit above which there is a warning
_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")


def examine_functions(resources: Resources, declared: Sequence[Declared]) -> Iterator[Finding]:
    """Examine each function's variables and log group, and each URL's permissions."""
    groups = {
        str(resource.properties.get("LogGroupName", "")): resource
        for resource in declared
        if resource.type == "AWS::Logs::LogGroup"
    }
    for function in resources.functions:
        yield from _variables(function)
        group_name = log_group(function.name)
        if function.log_group == group_name and group_name not in groups:
            yield Finding(
                Level.WARNING,
                "RT-10",
                f"Resources.{function.logical_id}",
                f"Lambda creates the log group {group_name}, which keeps its lines for ever",
                "add an AWS::Logs::LogGroup of that name with RetentionInDays",
            )
    for name, group in groups.items():
        if "RetentionInDays" not in group.properties:
            path = f"Resources.{group.logical_id}.Properties.RetentionInDays"
            yield Finding(Level.WARNING, "RT-10", path, f"{name or 'the group'} is kept for ever", "set it to 30")
    for url in resources.urls:
        yield from _url(url)


def _variables(function: Function) -> Iterator[Finding]:
    path = f"Resources.{function.logical_id}.Properties.Environment.Variables"
    size = variables_bytes(function.environment)
    if size > ENVIRONMENT_BYTES * WARNING_SHARE:
        level = Level.ERROR if size > ENVIRONMENT_BYTES else Level.WARNING
        on_aws = f"{size:,} bytes; Lambda allows {ENVIRONMENT_BYTES:,}, and ARNs and URLs are longer there than here"
        yield Finding(level, "RT-01", path, on_aws, "move long values into a file of the image, or a parameter store")
    for name in function.environment:
        if not _VARIABLE.fullmatch(name):
            on_aws = "Lambda refuses it: a name must begin with a letter and have only letters, digits and _"
            yield Finding(Level.ERROR, "RT-01", f"{path}.{name}", on_aws, "rename it")


def _url(url: FunctionUrl) -> Iterator[Finding]:
    path = f"Resources.{url.logical_id}.Properties.AuthType"
    if url.not_granted:
        on_aws = f"every request gets a 403: no permission grants {' and '.join(url.not_granted)}"
        actions = " and one for ".join(url.not_granted)
        cure = f"add an AWS::Lambda::Permission with Principal '*' for {actions}, or use AWS_IAM"
        yield Finding(Level.ERROR, "FU-24", path, on_aws, cure)
    elif url.auth_type == UNSIGNED:
        on_aws = "anyone who knows the URL can call the function at your cost"
        cure = "use AWS_IAM, or limit the damage with ReservedConcurrentExecutions"
        yield Finding(Level.NOTE, "FU-24", path, on_aws, cure)
