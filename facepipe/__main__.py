"""The verbs of the command line: each reads its options and calls the part that owns the work.

Imports are inside the verbs: `facepipe --help` must not wait for neural networks.
"""

# ruff: noqa: PLC0415
import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from facepipe.paths import Paths

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A serverless face-recognition pipeline for AWS Lambda and SQS, on your own machine.",
)
PATHS = Paths()

Url = Annotated[str, typer.Option(envvar="FACEPIPE_URL", help="The Function URL.")]
Sqs = Annotated[str, typer.Option(envvar="FACEPIPE_SQS", help="The SQS endpoint; empty for AWS's own.")]
ResponseQueue = Annotated[
    str, typer.Option(envvar="FACEPIPE_RESPONSE_QUEUE", help="Name or URL of the response queue.")
]
GalleryPath = Annotated[Path, typer.Option(envvar="FACEPIPE_GALLERY", help="The gallery file.")]


@app.command()
def models(
    model: Annotated[
        str | None, typer.Option(help="vggface2 or casia-webface; else vggface2 where it can be had.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="The model's file, if you have it already.")] = None,
) -> None:
    """Fetch and build everything that the pipeline needs; a second call does nothing."""
    with _clear_errors():
        from facepipe.models import prepare

        if model not in (None, "vggface2", "casia-webface"):
            raise typer.BadParameter(f"{model} is not known; choose vggface2 or casia-webface", param_hint="--model")
        _say(f"models: {prepare(PATHS, _say, model=model, weights=weights)} in {PATHS.models}")


@app.command()
def up(
    template: Annotated[Path, typer.Option(help="The CloudFormation template to run.")] = PATHS.template,
    gallery: GalleryPath = PATHS.gallery,
    parameter: Annotated[
        list[str] | None, typer.Option(help="A template parameter, Name=value; may be repeated.")
    ] = None,
    environments: Annotated[int, typer.Option(min=1, help="Environments of each function.")] = os.cpu_count() or 1,
    url_port: Annotated[int, typer.Option(help="The Function URL's port.")] = 9000,
    api_port: Annotated[int, typer.Option(help="The port of the Lambda API and of /health.")] = 9001,
    link_port: Annotated[int, typer.Option(help="The port that environments announce themselves on.")] = 9002,
    sqs_port: Annotated[int, typer.Option(help="The port of the SQS server that is started.")] = 9324,
    sqs_endpoint: Annotated[str, typer.Option(help="An SQS server that runs already, instead.")] = "",
    journal: Annotated[Path, typer.Option(help="The file that `trace`, `logs` and `stats` read.")] = PATHS.journal,
    quiet: Annotated[bool, typer.Option(help="Leave out what the functions log.")] = False,
) -> None:
    """Run the pipeline on this machine, without Docker, until Ctrl-C."""
    with _clear_errors():
        import asyncio

        from emulator.app import run
        from emulator.settings import Ports, parse_parameters
        from facepipe.stack import Choices, native_settings
        from services.enrol import seed

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
        logging.getLogger("function").disabled = quiet
        if template == PATHS.template:
            seed(gallery, PATHS.models)
        ports = Ports(url_port, api_port, link_port, sqs_port)
        choices = Choices(
            gallery, template, ports, environments, parse_parameters(parameter or []), sqs_endpoint, journal
        )
        sample = PATHS.samples / "grace_hopper.jpg"

        def say(line: str) -> None:
            print(line, flush=True)
            if line == "ready" and template == PATHS.template:
                print(f"try it:\n{_curl(url_port, sample)}", flush=True)

        asyncio.run(run(native_settings(PATHS, choices), say))


@app.command()
def enrol(
    people: Annotated[Path, typer.Argument(help="A folder with a folder of photos for each person, or a data.pt.")],
    gallery: GalleryPath = PATHS.gallery,
    replace: Annotated[bool, typer.Option("--replace", help="Forget everybody who was enrolled before.")] = False,
    model: Annotated[str | None, typer.Option(help="Which network made a data.pt.")] = None,
    models_dir: Annotated[Path, typer.Option(envvar="MODELS_DIR", help="Where the models are.")] = PATHS.models,
) -> None:
    """Add people to the gallery; running functions know them at once."""
    with _clear_errors():
        from facepipe.people import enrol_people, take_over
        from services.enrol import Enrolled

        console = _console()

        def tell(enrolled: Enrolled) -> None:
            mark = "[green]✓[/green]" if enrolled.used else "[red]✗[/red]"
            note = f"  [yellow]{enrolled.problem}[/yellow]" if enrolled.problem else ""
            console.print(f"{mark} {enrolled.name}: {enrolled.photo.name}{note}", highlight=False)

        with console.status("looking at the photos …"):
            if people.suffix == ".pt":
                result = take_over(people, gallery, models_dir, model=model, replace=replace)
            else:
                result = enrol_people(people, gallery, models_dir, tell=tell, replace=replace)
        console.print(f"{gallery}: {len(set(result.names))} people, {len(result.names)} photos", highlight=False)


@app.command()
def send(
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, folders, videos.")] = None,
    camera: Annotated[int | None, typer.Option(help="The number of a webcam.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Of videos and webcams, send every n-th frame.")] = 1,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many photos.")] = None,
    in_flight: Annotated[int, typer.Option(min=1, max=100, help="Photos under way at once.")] = 4,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for an accepted photo's result.")] = 60,
    url: Url = "http://127.0.0.1:9000/",
    sqs: Sqs = "http://127.0.0.1:9324",
    response_queue: ResponseQueue = "facepipe-responses",
) -> None:
    """Send photos and show who is on them; exit code 1 when one failed or timed out."""
    with _clear_errors():
        from itertools import islice

        from client.endpoints import Endpoints
        from client.photos import PhotoSourceError, camera_frames, frames
        from client.send import Plan
        from client.show import send_and_show

        if not photos and camera is None:
            raise PhotoSourceError("nothing to send: name photos, folders or videos, or a webcam with --camera 0")
        source = camera_frames(camera, every=every) if camera is not None else frames(photos or [], every=every)
        plan = Plan(url, in_flight, timeout)
        rows = send_and_show(islice(source, count), plan, Endpoints(url, sqs, response_queue), _console())
        raise typer.Exit(0 if all(row.completed for row in rows) else 1)


@app.command()
def collect(
    request_ids: Annotated[list[str] | None, typer.Argument(help="Whose results; without any: all that come.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait.")] = 60,
    sqs: Sqs = "http://127.0.0.1:9324",
    response_queue: ResponseQueue = "facepipe-responses",
) -> None:
    """Take results from the response queue and print them; exit code 1 when one did not come."""
    with _clear_errors():
        from client.endpoints import Endpoints
        from client.show import collect_and_show

        endpoints = Endpoints(sqs=sqs, response_queue=response_queue)
        missing = collect_and_show(request_ids or [], timeout, endpoints, _console())
        raise typer.Exit(1 if missing else 0)


@app.command()
def queues(
    names: Annotated[list[str] | None, typer.Argument(help="Which queues; without any: all.")] = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete all their messages, after asking.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="Move dead letters back to where they came from.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    sqs: Sqs = "http://127.0.0.1:9324",
) -> None:
    """List the queues with what is in them; empty them, or bring dead letters back."""
    with _clear_errors():
        from client import queues as owner
        from client.endpoints import EndpointError, Endpoints, sqs_client
        from client.show import show_queues

        client, console = sqs_client(Endpoints(sqs=sqs)), _console()
        everything = owner.list_queues(client)
        chosen = [state for state in everything if not names or state.name in names]
        if missing := set(names or []) - {state.name for state in chosen}:
            raise EndpointError(f"there is no queue {', '.join(sorted(missing))}")
        show_queues(chosen, console)
        if purge:
            count = sum(state.depth for state in chosen)
            if not yes:
                typer.confirm(f"Delete {count} messages from {', '.join(state.name for state in chosen)}?", abort=True)
            owner.purge(client, chosen)
            console.print(f"{count} messages deleted", highlight=False)
        if replay:
            for name, moved in owner.replay(client, everything).items():
                console.print(f"{name}: {moved} messages moved back", highlight=False)


@app.command()
def demo(
    people: Annotated[Path | None, typer.Option(help="Your own people: a folder of photos for each.")] = None,
    frames: Annotated[Path | None, typer.Option(help="Your own photos: a folder or a video.")] = None,
) -> None:
    """Run the whole pipeline on sample portraits, or on your own, and show what it sees."""
    with _clear_errors():
        from facepipe.demo import run_demo

        if (people is None) != (frames is None):
            raise typer.BadParameter(
                "name both, or neither for the sample portraits", param_hint="--people and --frames"
            )
        raise typer.Exit(run_demo(PATHS, _console(), people=people, source=frames))


def main() -> None:
    """Run the verb named on the command line."""
    app()


def _console() -> Console:
    """Return where tables go; into a file or a pipe, without a terminal's narrowness."""
    return Console(width=None if sys.stdout.isatty() else 160)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _curl(port: int, sample: Path) -> str:
    return (
        f'  echo \'{{"content": "\'$(base64 -w0 {sample})\'", "request_id": "try-1"}}\' |'
        f" curl -sS -H 'content-type: application/json' --data-binary @- http://127.0.0.1:{port}/"
    )


@contextlib.contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn the errors that a user can do something about into one line, and Ctrl-C into silence."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except OSError as error:
        _say(f"facepipe: {error.filename or 'the system'}: {error.strerror or error}")
        raise typer.Exit(2) from None
    except (RuntimeError, ValueError) as error:
        if type(error).__module__.split(".")[0] not in ("client", "emulator", "facepipe", "images", "services"):
            raise
        _say(f"facepipe: {error}")
        raise typer.Exit(2) from None


if __name__ == "__main__":
    main()
