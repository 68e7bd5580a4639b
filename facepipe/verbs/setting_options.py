"""The options of a verb that starts the emulator: one for each of its settings that has a flag."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from emulator.setting import Setting, all_settings

Given = Mapping[str, Sequence[str]]  #: the texts that a command line has given, by flag


def with_settings(base: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb the options of the settings; it gets what was given as its first argument, and `base` if nothing was.

    Options are texts: the settings themselves read them, so that a mistake has the same words everywhere.
    """
    options = {_name(about): about for about, _ in all_settings(base) if about.flag}
    parameters = [_parameter(about, value) for about, value in all_settings(base) if about.flag]

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(verb)
        def command(**values: Any) -> None:
            given = {}
            for name, about in options.items():
                value = values.pop(name)
                given[about.flag] = (value if about.many else [value]) if value else []
            verb(given, **values)

        own = list(inspect.signature(verb).parameters.values())[1:]
        every = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters + own]
        vars(command)["__signature__"] = inspect.Signature(every)
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
        return command

    return decorate


def _name(about: Setting) -> str:
    return about.flag.removeprefix("--").replace("-", "_")


def _parameter(about: Setting, value: Any) -> inspect.Parameter:
    kind: Any = list[str] | None if about.many else str | None
    default = ", ".join(about.write(value))
    more = [f"variable {' or '.join([about.variable, *about.further_variables])}"] if about.variable else []
    more += [f"{default} if not given"] if default else []
    notes = ["May be repeated."] if about.many else []
    notes += [f"({'; '.join(more)})"] if more else []
    help_text = " ".join([about.help, *notes])
    option = typer.Option(about.flag, metavar=about.metavar, help=help_text, show_default=False)
    return inspect.Parameter(
        _name(about), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )
