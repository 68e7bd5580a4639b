"""What several verbs have in common: options, where tables go, and errors of one line."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from facepipe.client.terminal_text import printable_lines, safe_console
from facepipe.paths import Paths

PATHS = Paths()

Url = Annotated[str, typer.Option(envvar="FACEPIPE_URL", help="The Function URL.")]
Sqs = Annotated[str, typer.Option(envvar="FACEPIPE_SQS", help="The SQS endpoint; empty for AWS's own.")]
ResponseQueue = Annotated[
    str, typer.Option(envvar="FACEPIPE_RESPONSE_QUEUE", help="Name or URL of the response queue.")
]
Api = Annotated[
    str, typer.Option(envvar="FACEPIPE_API", help="The emulator's API; empty where there is none, as on AWS.")
]
Stack = Annotated[
    str,
    typer.Option(envvar="FACEPIPE_STACK", help="A deployed stack: its outputs say where the pipeline is, not --url."),
]
ModelsDir = Annotated[Path, typer.Option(envvar="MODELS_DIR", help="Where the models are.")]
GalleryPath = Annotated[Path, typer.Option(envvar="FACEPIPE_GALLERY", help="The gallery file.")]

LOCAL_URL, LOCAL_SQS, LOCAL_API, RESPONSES = (
    "http://127.0.0.1:9000/",
    "http://127.0.0.1:9324",
    "http://127.0.0.1:9001",
    "facepipe-responses",
)


def console() -> Console:
    """Return where tables go; into a file or a pipe, without a terminal's narrowness."""
    return safe_console(None if sys.stdout.isatty() else 160)


def say(line: str) -> None:
    """Tell something that is not the verb's result."""
    print(printable_lines(line), file=sys.stderr, flush=True)


@contextlib.contextmanager
def clear_errors() -> Iterator[None]:
    """Turn the errors that a user can do something about into one line, and Ctrl-C into silence."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except OSError as error:
        say(f"facepipe: {error.filename or 'the system'}: {error.strerror or error}")
        raise typer.Exit(2) from None
    except (RuntimeError, ValueError) as error:
        if type(error).__module__.split(".")[0] not in ("emulator", "facepipe", "images", "services"):
            raise
        say(f"facepipe: {error}")
        raise typer.Exit(2) from None
