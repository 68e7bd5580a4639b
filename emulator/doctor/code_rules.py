"""Rules for functions' code on this machine: the Python that they are for, and whether it can be run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emulator.doctor.findings import Finding, Level
from emulator.project.plans import ProjectError, plan
from emulator.project.pythons import nearest
from emulator.resources import Function


def examine_code(project: Path, functions: Sequence[Function]) -> Iterator[Finding]:
    """Examine the functions whose code is on this machine; `project` is the template's folder."""
    for function in functions:
        if not function.source.is_local:
            continue
        path = f"Resources.{function.logical_id}"
        try:
            wanted = plan(function, project).python
        except ProjectError as error:
            problem, _, cure = str(error).partition("; ")
            on_aws = f"here it cannot be run without Docker: {problem}"
            yield Finding(Level.NOTE, "code", path, on_aws, cure or "correct it, or run it in Docker")
            continue
        found = nearest(wanted).version
        if wanted and found != wanted:
            on_aws = f"{function.name} runs on Python {wanted}, which is not on this machine: here it runs on {found}"
            cure = f"install Python {wanted}; `facepipe up --strict-runtime` refuses another version"
            yield Finding(Level.WARNING, "code", path, on_aws, cure)
