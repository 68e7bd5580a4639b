"""How a function is run when the user has chosen something for it, in facepipe.toml or with --function."""

import sys
from dataclasses import replace
from pathlib import Path

from emulator.project.function_options import FunctionOptions
from emulator.project.plans import FunctionPlan, ProjectError, place_of, plan, without_source
from emulator.project.python_layers import packages_of_layer
from emulator.resources import Function


def chosen_plan(function: Function, project: Path, options: FunctionOptions) -> FunctionPlan:
    """Return how to run a function; `project` is the template's folder. Raises `ProjectError`."""
    if options.requirements and not Path(options.requirements).is_file():
        raise ProjectError(f"{function.name}: its requirements {options.requirements} do not exist; correct their path")
    if options.code and not Path(options.code).is_dir():
        raise ProjectError(f"{function.name}: its code {options.code} is not a folder; name the folder of its code")
    if function.source.sha256:  # the API brought its code
        options = replace(options, code="")
    function = _with_source(function, options)
    planned = plan(function, project) if function.source.is_local else without_source(function, project)
    if options.code:
        planned = replace(planned, folder=Path(options.code), inline=None)
    if options.requirements:
        planned = replace(planned, pip=(("-r", options.requirements),), is_complete=True)
    if options.python:
        planned = replace(planned, interpreter=options.python, pip=planned.pip if options.requirements else ())
    layers = tuple(place_of(function, project / layer) for layer in function.source.layers)
    for layer in layers:
        if not layer.is_dir():
            raise ProjectError(f"{function.name}: its layer {layer} is not a folder; correct its path in the template")
    wanted = tuple(packages for layer in layers for packages in packages_of_layer(layer))
    return replace(planned, layers=layers, words=options.words, pip=(*planned.pip, *wanted))


def _with_source(function: Function, options: FunctionOptions) -> Function:
    """Return the function with the handler and the folder that were chosen.

    A function that starts by a command of its own may be of any language.
    """
    if options.handler:
        function = replace(function, command=(options.handler,))
    if options.words:
        runtime = f"python3.{sys.version_info.minor}"
        source = replace(function.source, folder=options.code or function.source.folder or ".", context=None)
        return replace(function, runtime=runtime, command=function.command or ("",), source=source)
    if options.code and function.source.context is None:
        runtime_or_own = function.runtime or f"python3.{sys.version_info.minor}"
        if not function.command:
            problem = "its template names no handler; choose it as command="
            raise ProjectError(f"{function.name}: {problem}")
        source = replace(function.source, folder=options.code, inline=None)
        return replace(function, runtime=runtime_or_own, source=source)
    return function
