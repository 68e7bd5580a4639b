"""What several verbs have in common: options, where tables go, and errors of one line."""

import contextlib
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facepipe.client.printable_text import printable, printable_lines
from facepipe.paths import Paths

if TYPE_CHECKING:
    from rich.console import Console

    from facepipe.client.photos import Frame

PATHS = Paths()

Sqs = Annotated[str, typer.Option(envvar="FACEPIPE_SQS", help="The SQS endpoint; empty for AWS's own.")]
Api = Annotated[
    str, typer.Option(envvar="FACEPIPE_API", help="The emulator's API; empty where there is none, as on AWS.")
]
# Where the three are not given, the emulator is asked.
FoundUrl = Annotated[
    str | None, typer.Option(envvar="FACEPIPE_URL", help="The Function URL.", show_default="the running pipeline's")
]
FoundSqs = Annotated[
    str | None,
    typer.Option(
        envvar="FACEPIPE_SQS", help="The SQS endpoint; empty for AWS's own.", show_default="the running pipeline's"
    ),
]
FoundQueue = Annotated[
    str | None,
    typer.Option(
        envvar="FACEPIPE_RESPONSE_QUEUE",
        help="Name or URL of the response queue.",
        show_default="the running pipeline's",
    ),
]
FoundApi = Annotated[
    str | None,
    typer.Option(
        envvar="FACEPIPE_API",
        help="The emulator's API; empty where there is none, as on AWS.",
        show_default="http://127.0.0.1:9001",
    ),
]
Sign = Annotated[bool, typer.Option("--sign", help="Sign the requests, as a URL with AuthType AWS_IAM wants it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line; everything else goes to stderr.")]
Stack = Annotated[
    str,
    typer.Option(envvar="FACEPIPE_STACK", help="A deployed stack: its outputs say where the pipeline is, not --url."),
]
Photos = Annotated[list[Path] | None, typer.Option(help="Your photos; else frames of the sample portraits.")]
StartedEnvironments = Annotated[
    int, typer.Option(min=1, help="Environments of each function at most, if the pipeline is started.")
]
ModelsDir = Annotated[Path, typer.Option(envvar="MODELS_DIR", help="Where the models are.")]
KeepPictures = Annotated[
    bool,
    typer.Option(
        "--pictures/--no-pictures",
        envvar="FACEPIPE_PICTURES",
        help="Whether pictures of enrolled faces are kept beside the gallery, for the console's page of people.",
    ),
]
GalleryPath = Annotated[Path, typer.Option(envvar="FACEPIPE_GALLERY", help="The gallery file.")]

LOCAL_URL, LOCAL_SQS, LOCAL_API, RESPONSES = (
    "http://127.0.0.1:9000/",
    "http://127.0.0.1:9324",
    "http://127.0.0.1:9001",
    "facepipe-responses",
)


def again(**options: str | None) -> str:
    """Return options as they are typed after a verb, without those that are not given."""
    given = {name.replace("_", "-"): value for name, value in options.items() if value is not None}
    return "".join(f" --{name} {shlex.quote(value)}" for name, value in given.items())


def console() -> "Console":
    """Return the console for tables; in a file or a pipe they may be wider than a terminal."""
    from facepipe.client.terminal_text import safe_console  # noqa: PLC0415  # not every verb draws with rich

    return safe_console(None if sys.stdout.isatty() else 160)


def photos_or_samples(photos: list[Path] | None) -> "Sequence[Frame]":
    """Return the user's photos, or frames of the sample portraits."""
    from facepipe.client.photos import frames  # noqa: PLC0415  # not every verb reads photos
    from facepipe.client.sketch import camera_like_frames  # noqa: PLC0415

    return list(frames(photos)) if photos else camera_like_frames(PATHS.samples)


def write(line: str) -> None:
    """Print a line of the verb's result, at once."""
    print(printable(line), flush=True)


def say(line: str) -> None:
    """Print something that is not the verb's result, to stderr."""
    print(printable_lines(line), file=sys.stderr, flush=True)


@contextlib.contextmanager
def clear_errors() -> Iterator[None]:
    """Print errors that a user can correct as one line, and end silently on Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except OSError as error:
        from facepipe.system_problems import in_one_line  # noqa: PLC0415  # needed after an error only

        say(f"facepipe: {in_one_line(error, PATHS)}")
        raise typer.Exit(2) from None
    except (RuntimeError, ValueError) as error:
        if type(error).__module__.split(".")[0] not in ("emulator", "facepipe", "images", "services"):
            raise
        say(f"facepipe: {error}")
        raise typer.Exit(2) from None
