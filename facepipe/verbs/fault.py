"""The verb that makes functions and mappings fail on demand."""

# ruff: noqa: PLC0415
from typing import Annotated

import typer

from facepipe.client.printable_text import printable
from facepipe.verbs.options import LOCAL_API, Api, clear_errors

OFF = "off"


def fault(
    function: Annotated[str, typer.Argument(help="The function; `off` switches all faults off.")] = "",
    kind: Annotated[
        str,
        typer.Argument(
            help="error, timeout, crash, oom, throttle or slow=2s for its calls; duplicate, lost-delete or late for"
            " the batches of its mapping; off to end them."
        ),
    ] = "",
    calls: Annotated[
        int | None, typer.Option("--next", min=1, help="Only the next N calls or batches; 1 if no option is given.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="A share of the calls, such as 0.1, until it is switched off.")
    ] = None,
    until_off: Annotated[bool, typer.Option("--until-off", help="All calls until it is switched off.")] = False,
    api: Api = LOCAL_API,
) -> None:
    """Make a function's calls fail on demand, as they may on AWS; without arguments, list the faults that are on.

    A fault ends after its number of calls, with `facepipe fault FUNCTION off`, or when the emulator stops.
    """
    with clear_errors():
        from facepipe.client.faults import list_faults, switch_off, switch_on

        if sum(given is not None and given is not False for given in (calls, rate, until_off)) > 1:
            raise typer.BadParameter("choose one of --next, --rate and --until-off")
        if not function:
            lines = list_faults(api)
        elif OFF in (function, kind):
            lines = switch_off(api, "" if function == OFF else function)
        elif not kind:
            raise typer.BadParameter("name the fault, such as error, timeout or slow=2s", param_hint="KIND")
        else:
            most = None if rate is not None or until_off else calls or 1
            lines = switch_on(api, {"function": function, "kind": kind, "calls": most, "rate": rate})
        for line in lines:
            print(printable(line))
