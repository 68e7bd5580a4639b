"""The one program that people type: a thin list of verbs."""

from collections.abc import Callable
from typing import Annotated

import typer

from facepipe.own_sources import use_own_sources

use_own_sources()  # before the verbs are imported: they import emulator/
from facepipe.verbs import bench, camera, conformance, evaluate, fault, forecast, people, run, ship, watch  # noqa: E402
from facepipe.verbs.verb_group import VerbGroup  # noqa: E402
from facepipe.verbs.version import print_version  # noqa: E402

app = typer.Typer(
    cls=VerbGroup, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)

VERBS = {
    "Run": (run.demo, run.up, run.init, run.doctor, run.models),
    "Send photos": (camera.send, camera.collect),
    "People": (people.enrol, people.app, evaluate.evaluate),
    "See what happened": (watch.trace, watch.logs, watch.stats, camera.queues, fault.fault),
    "AWS": (forecast.forecast, ship.push, ship.deploy),
    "Measure": (bench.app, conformance.conformance),
}


@app.callback(help="A serverless face-recognition pipeline for AWS Lambda and SQS, on your own machine.")
def options(
    *,
    version: Annotated[  # its callback does all
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version.")
    ] = False,
) -> None:
    """Read the options that come before a verb."""


def _add(section: str, verb: "typer.Typer | Callable[..., None]") -> None:
    if isinstance(verb, typer.Typer):
        app.add_typer(verb, rich_help_panel=section)
    else:
        app.command(rich_help_panel=section)(verb)


for title, verbs in VERBS.items():
    for one in verbs:
        _add(title, one)


def main() -> None:
    """Run the verb named on the command line."""
    app()


if __name__ == "__main__":
    main()
