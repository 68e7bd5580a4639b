"""The one program that people type: a thin list of verbs."""

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from facepipe.own_sources import use_own_sources

use_own_sources()  # before the verbs are imported: they import emulator/
from facepipe.verbs.verb_group import VerbGroup  # noqa: E402
from facepipe.verbs.version import print_version  # noqa: E402

#: the verbs by sections of the help: a function in a module of facepipe/verbs, or its `app`, which has verbs itself
VERBS: Mapping[str, Sequence[str]] = {
    "Run": ("run.demo", "run.up", "run.init", "run.doctor", "run.models"),
    "Send photos": ("camera.send", "camera.collect"),
    "People": ("people.enrol", "people.app", "evaluate.evaluate"),
    "See what happened": ("watch.trace", "watch.logs", "watch.stats", "camera.queues", "fault.fault"),
    "AWS": ("forecast.forecast", "ship.push"),
    "Measure": ("bench.app", "conformance.conformance"),
}


OTHERS_WRITE = 0o022  #: nobody else may write what is made, such as the code that functions run, whatever the umask is
OWN = ("emulator", "facepipe", "images", "services", "tests")


def program(words: Sequence[str] = ()) -> typer.Typer:
    """Return the program. If the words begin with a verb, it has that verb alone: the others' imports take time."""
    app = typer.Typer(
        cls=VerbGroup, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    app.callback(help="A serverless face-recognition pipeline for AWS Lambda and SQS, on your own machine.")(_options)
    every = [(section, place) for section, places in VERBS.items() for place in places]
    named = [(section, place) for section, place in every if words and verb_name(place) == words[0]]
    for section, place in named or every:
        module, _, name = place.partition(".")
        verb: Any = getattr(importlib.import_module(f"facepipe.verbs.{module}"), name)
        if isinstance(verb, typer.Typer):
            app.add_typer(verb, rich_help_panel=section)
        else:
            app.command(rich_help_panel=section)(verb)
    return app


def verb_name(place: str) -> str:
    """Return the word of the command line for a place in `VERBS`."""
    module, _, name = place.partition(".")
    return module if name == "app" else name


def _options(
    *,
    version: Annotated[  # its callback does all
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version.")
    ] = False,
) -> None:
    """Read the options that come before a verb."""


def main() -> None:
    """Run the verb named on the command line; where a package is missing, say how to have it again."""
    os.umask(os.umask(OTHERS_WRITE) | OTHERS_WRITE)
    try:
        program(sys.argv[1:])()
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in OWN:
            raise
        cure = f"install facepipe again; in a checkout, delete {sys.prefix} and call the script again"
        sys.exit(f"facepipe: the package {package} is missing from {sys.prefix}, or not whole: {cure}")


if __name__ == "__main__":
    main()
