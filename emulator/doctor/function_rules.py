"""Functions, their URLs and their logs: what AWS refuses, leaves open, or keeps for ever."""

import re
from collections.abc import Iterator, Sequence

from emulator.aws.identifiers import log_group
from emulator.aws.limits import ENVIRONMENT_BYTES
from emulator.doctor.findings import Finding, Level
from emulator.resources import Function, FunctionUrl, Resources
from emulator.resources.function import variables_bytes
from emulator.resources.permission import UNSIGNED
from emulator.template import Declared

NEARLY = 0.9  #: of a limit that a warning is worth
_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")


def examine_functions(resources: Resources, declared: Sequence[Declared]) -> Iterator[Finding]:
    """Look at every function's variables and log group, and at every URL's permissions."""
    groups = {str(one.properties.get("LogGroupName", "")): one for one in declared if one.type == "AWS::Logs::LogGroup"}
    for function in resources.functions:
        yield from _variables(function)
        group_name = log_group(function.name)
        if function.log_group == group_name and group_name not in groups:
            yield Finding(
                Level.WARNING,
                "RT-10",
                f"Resources.{function.logical_id}",
                f"Lambda makes the log group {group_name} itself, and keeps every line for ever",
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
    if size > ENVIRONMENT_BYTES * NEARLY:
        level = Level.ERROR if size > ENVIRONMENT_BYTES else Level.WARNING
        told = f"{size:,} bytes; Lambda takes {ENVIRONMENT_BYTES:,} for all, and longer ARNs and URLs than here count"
        yield Finding(level, "RT-01", path, told, "move what is long into a file of the image, or a parameter store")
    for name in function.environment:
        if not _VARIABLE.fullmatch(name):
            told = "Lambda refuses it: a name is a letter, and then letters, digits or _"
            yield Finding(Level.ERROR, "RT-01", f"{path}.{name}", told, "give it another name")


def _url(url: FunctionUrl) -> Iterator[Finding]:
    path = f"Resources.{url.logical_id}.Properties.AuthType"
    if url.not_granted:
        told = f"every request is answered 403: nobody is granted {' and '.join(url.not_granted)}"
        actions = " and one for ".join(url.not_granted)
        cure = f"add an AWS::Lambda::Permission with Principal '*' for {actions}, or use AWS_IAM"
        yield Finding(Level.ERROR, "FU-24", path, told, cure)
    elif url.auth_type == UNSIGNED:
        told = "anyone who learns the URL may call it, and you pay"
        cure = "use AWS_IAM, or limit the damage with ReservedConcurrentExecutions"
        yield Finding(Level.NOTE, "FU-24", path, told, cure)
