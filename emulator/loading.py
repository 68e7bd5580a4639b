"""Reads the template that the settings name."""

import difflib
import sys
from dataclasses import replace

from emulator.aws.identifiers import is_variable_name
from emulator.debugging.debuggers import debugpy_folder
from emulator.edge.admission import ANY_ORIGIN
from emulator.log_text import printable
from emulator.project.project_file import PROJECT_FILE
from emulator.project.project_options import ProjectOptions
from emulator.properties import TemplateError
from emulator.resources import Resources
from emulator.resources.function_variables import RESERVED_VARIABLES
from emulator.settings import Settings
from emulator.template import Place, load_file, problems_in
from emulator.template.dynamic_references import OutsideValues


class EmulatorError(RuntimeError):
    """The emulator cannot start or go on; the message names the cure."""


def load(settings: Settings) -> Resources:
    """Read the settings' template; `EmulatorError` says what is wrong with it."""
    try:
        resources = load_file(settings.template, place=place(settings), parameters=settings.parameters)
    except TemplateError as error:
        several = len(problems_in(error)) > 1  # each has a line, in printable text
        raise EmulatorError(str(error) if several else printable(str(error))) from error
    resources = _with_choices(resources, settings.project)
    names = {function.name for function in resources.functions}
    if unknown := set(settings.environments.named) - names:
        raise EmulatorError(f"--environments {min(unknown)}=…: the template has {', '.join(sorted(names))}")
    if settings.debug.ports:
        _check_debug(resources, settings)
    if unknown := set(settings.access.any_origin) - names - {ANY_ORIGIN}:
        raise EmulatorError(f"--any-origin {min(unknown)}: the template has {', '.join(sorted(names))}")
    return resources


def _check_debug(resources: Resources, settings: Settings) -> None:
    """Raise `EmulatorError` if functions that `--debug` names cannot be debugged."""
    functions = {function.name: function for function in resources.functions}
    for name in settings.debug.ports:
        if name not in functions:
            raise EmulatorError(f"--debug {name}: the template has {', '.join(sorted(functions))}")
        runtime = functions[name].runtime  # empty for an image
        if runtime and not runtime.startswith("python"):
            raise EmulatorError(f"--debug {name}: its Runtime is {runtime}; only Python functions can be debugged")
    if settings.native is None:
        raise EmulatorError("--debug works without Docker only: leave one of them out (docs/debugging.md)")
    if debugpy_folder() is None:
        raise EmulatorError(
            f"--debug needs the package debugpy, install it with: {sys.executable} -m pip install debugpy"
        )


def place(settings: Settings) -> Place:
    """Return where a template's references lead to under these settings."""
    return Place(
        queue_url=lambda name: f"{settings.functions_endpoint}/{settings.account_id}/{name}",
        function_url=lambda position: f"http://127.0.0.1:{settings.ports.function_url(position)}/",
        region=settings.region,
        account_id=settings.account_id,
        outside=OutsideValues(settings.project.resolve),
    )


def _with_choices(resources: Resources, options: ProjectOptions) -> Resources:
    """Return the resources with the variables that were chosen for local runs."""
    known = {name for function in resources.functions for name in (function.name, function.logical_id)}
    if unknown := sorted(set(options.functions) - known):
        near = difflib.get_close_matches(unknown[0], sorted(known), n=1)
        cure = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(known)) or 'none'}"
        raise EmulatorError(f"{PROJECT_FILE} or --function: the template has no function {unknown[0]}; {cure}")
    functions = []
    for function in resources.functions:
        chosen = options.of(function.name, function.logical_id).variables
        if odd := sorted(name for name in chosen if not is_variable_name(name) or name in RESERVED_VARIABLES):
            problem = f"functions.{function.name}.variables: Lambda does not allow the name {odd[0]}; choose another"
            raise EmulatorError(f"{PROJECT_FILE}: {problem}")
        functions.append(replace(function, environment={**function.environment, **chosen}))
    return replace(resources, functions=tuple(functions))
