"""The option --version."""

import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from facepipe.client.printable_text import printable
from facepipe.verbs.options import PATHS


def print_version(wanted: bool) -> None:  # typer calls it with the option's value
    """Print which version this is, on which Python it runs and where it is, and end."""
    if not wanted:
        return
    try:
        number = version("facepipe")
    except PackageNotFoundError:
        number = "of a checkout that is not installed"
    print(printable(f"facepipe {number} (Python {platform.python_version()}, {PATHS.root})"))
    raise typer.Exit
