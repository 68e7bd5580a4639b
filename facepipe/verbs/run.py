"""Verbs that prepare the pipeline and run it."""

# ruff: noqa: PLC0415
import logging
from pathlib import Path
from typing import Annotated

import typer

from facepipe.client.terminal_text import printable
from facepipe.verbs.options import (
    LOCAL_API,
    LOCAL_SQS,
    PATHS,
    Api,
    GalleryPath,
    Sqs,
    clear_errors,
    console,
    port_option,
    say,
)


def models(
    model: Annotated[
        str | None, typer.Option(help="vggface2 or casia-webface; else vggface2 where it can be had.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="The model's file, if you have it already.")] = None,
) -> None:
    """Fetch and build everything that the pipeline needs; a second call does nothing."""
    with clear_errors():
        from facepipe.built_models import prepare

        if model not in (None, "vggface2", "casia-webface"):
            raise typer.BadParameter(f"{model} is not known; choose vggface2 or casia-webface", param_hint="--model")
        say(f"models: {prepare(PATHS, say, model=model, weights=weights)} in {PATHS.models}")


def up(
    template: Annotated[Path, typer.Option(help="The CloudFormation template to run.")] = PATHS.template,
    gallery: GalleryPath = PATHS.gallery,
    parameter: Annotated[
        list[str] | None, typer.Option(help="A template parameter, Name=value; may be repeated.")
    ] = None,
    environments: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]N",
            help="How many environments of each function may run at once, or of one named NAME; may be repeated. They"
            " are started when calls need them, beyond one a processor only while that is idle. 5 if not given.",
        ),
    ] = None,
    url_port: Annotated[int, port_option("The Function URL's port.")] = 9000,
    api_port: Annotated[int, port_option("The port of the Lambda API and of /health.")] = 9001,
    link_port: Annotated[int, port_option("The port that environments announce themselves on.")] = 9002,
    functions_port: Annotated[int, port_option("The port where functions find AWS.")] = 9003,
    sqs_port: Annotated[int, port_option("The port of SQS.")] = 9324,
    sqs_endpoint: Annotated[str, typer.Option(help="An SQS server that runs already, instead.")] = "",
    journal: Annotated[Path, typer.Option(help="The file that `trace`, `logs` and `stats` read.")] = PATHS.journal,
    engine: Annotated[
        str, typer.Option(envvar="FACEPIPE_RUNTIME", help="What the functions run behind: rie or runtime-api.")
    ] = "rie",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            envvar="FACEPIPE_ALLOW_HOSTS",
            help="Another name of this machine, such as a tunnel's: requests to it and pages of it are let in; may be"
            " repeated.",
        ),
    ] = None,
    any_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FUNCTION",
            envvar="FACEPIPE_ANY_ORIGIN",
            help="A function whose URL pages of every origin may call, as on AWS; * for all; may be repeated.",
        ),
    ] = None,
    no_journal: Annotated[bool, typer.Option("--no-journal", help="Keep nothing of what happened.")] = False,
    quiet: Annotated[bool, typer.Option(help="Leave out what the functions log.")] = False,
) -> None:
    """Run the pipeline on this machine, without Docker, until Ctrl-C."""
    with clear_errors():
        import asyncio

        from emulator.app import run
        from emulator.log_text import log_to_stderr
        from emulator.settings import Ports, check_engine, parse_access, parse_limits, parse_parameters
        from facepipe.stack import Choices, native_settings
        from services.enrolment.gallery_file import seed

        log_to_stderr("%(asctime)s %(message)s")
        logging.getLogger("function").disabled = quiet
        if template == PATHS.template:
            seed(gallery, PATHS.models)
        ports = Ports(url_port, api_port, link_port, functions_port, sqs_port)
        limits = parse_limits(environments or [])
        choices = Choices(
            gallery=gallery,
            template=template,
            ports=ports,
            environments=limits.each,
            parameters=parse_parameters(parameter or []),
            sqs_endpoint=sqs_endpoint,
            journal=journal,
            journal_off=no_journal,
            engine=check_engine("--engine", engine),
            limits=limits.named,
            access=parse_access(allow_host or [], any_origin or [], setting="--allow-host"),
        )
        sample = PATHS.samples / "grace_hopper.jpg"

        def tell(line: str) -> None:
            print(printable(line), flush=True)
            if line == "ready" and template == PATHS.template:
                print(f"try it:\n{_curl(url_port, sample)}", flush=True)

        asyncio.run(run(native_settings(PATHS, choices), tell))


def doctor(
    template: Annotated[Path, typer.Option(help="The CloudFormation template to examine.")] = PATHS.template,
    parameter: Annotated[
        list[str] | None, typer.Option(help="A template parameter, Name=value; may be repeated.")
    ] = None,
    api: Api = LOCAL_API,
    sqs: Sqs = LOCAL_SQS,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what would bite on AWS: in the template, in what runs of it, in its images. Exit code 1 on an error.

    Visibility and timeout, dead letters, starved mappings, loops, sizes, permissions, variables, log retention; the
    settings and messages of a running system; images and what containers wrote outside /tmp.
    """
    with clear_errors():
        from facepipe.doctor import run_doctor

        raise typer.Exit(run_doctor(template, parameter or [], (api, sqs), console(), as_json=json))


def demo(
    people: Annotated[Path | None, typer.Option(help="Your own people: a folder of photos for each.")] = None,
    frames: Annotated[Path | None, typer.Option(help="Your own photos: a folder or a video.")] = None,
) -> None:
    """Run the whole pipeline on sample portraits, or on your own, and show what it sees."""
    with clear_errors():
        from facepipe.demo import run_demo

        if (people is None) != (frames is None):
            raise typer.BadParameter(
                "name both, or neither for the sample portraits", param_hint="--people and --frames"
            )
        raise typer.Exit(run_demo(PATHS, console(), people=people, source=frames))


def _curl(port: int, sample: Path) -> str:
    return (
        f'  echo \'{{"content": "\'$(base64 -w0 {sample})\'", "request_id": "try-1"}}\' |'
        f" curl -sS -H 'content-type: application/json' --data-binary @- http://127.0.0.1:{port}/"
    )
