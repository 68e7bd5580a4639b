"""The one program that people type: a thin list of verbs."""

from typing import Annotated

import typer

from facepipe.own_sources import use_own_sources

use_own_sources()  # before the verbs are imported: they import emulator/
from facepipe.verbs import bench, camera, conformance, evaluate, fault, forecast, people, run, ship, watch  # noqa: E402
from facepipe.verbs.version import print_version  # noqa: E402

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback(help="A serverless face-recognition pipeline for AWS Lambda and SQS, on your own machine.")
def options(
    *,
    version: Annotated[  # its callback does all
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version.")
    ] = False,
) -> None:
    """Read the options that come before a verb."""


for verb in (
    run.demo,
    run.init,
    run.up,
    run.doctor,
    run.models,
    people.enrol,
    evaluate.evaluate,
    camera.send,
    camera.collect,
    camera.queues,
    watch.trace,
    watch.logs,
    watch.stats,
    fault.fault,
    forecast.forecast,
    conformance.conformance,
    ship.push,
    ship.deploy,
):
    app.command()(verb)
app.add_typer(people.app, name="people")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the verb named on the command line."""
    app()


if __name__ == "__main__":
    main()
