"""Rules for functions' code on this machine: the Python that they are for, and whether it can be run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emulator.doctor.findings import Finding, Level
from emulator.project.chosen_plans import chosen_plan
from emulator.project.plans import ProjectError
from emulator.project.project_file import read_project_file
from emulator.project.pythons import nearest
from emulator.resources import Function


def examine_code(project: Path, functions: Sequence[Function]) -> Iterator[Finding]:
    """Examine the functions whose code is on this machine; `project` is the template's folder."""
    options = read_project_file(project)
    for function in functions:
        chosen = options.of(function.name, function.logical_id)
        if not function.source.is_local or chosen.python:  # a Python that was chosen is as the user wants it
            continue
        path = f"Resources.{function.logical_id}"
        try:
            wanted = chosen_plan(function, project, chosen).python
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
