"""Verbs that prepare the pipeline and run it."""

# ruff: noqa: PLC0415
import logging
import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from emulator.kept_places import OFF, ConsolePlace, JournalPlace, QueuesPlace
from emulator.setting import read_settings
from emulator.settings import LOCAL_ENGINE, RIE, Settings
from facepipe.client.printable_text import printable, printable_lines
from facepipe.project_place import FACES
from facepipe.verbs.options import (
    LOCAL_API,
    LOCAL_SQS,
    PATHS,
    Api,
    GalleryPath,
    KeepPictures,
    Sqs,
    clear_errors,
    console,
    say,
)
from facepipe.verbs.setting_options import Given, with_settings


def models(
    model: Annotated[
        str | None, typer.Option(help="vggface2 or casia-webface; by default vggface2 if it can be downloaded.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="The model's file, if you have it already.")] = None,
    keep_downloads: Annotated[
        bool, typer.Option("--keep-downloads", help="Keep what is fetched, to build the nets anew without fetching it.")
    ] = False,
) -> None:
    """Fetch and build everything that the pipeline needs; a second call does nothing."""
    with clear_errors():
        from facepipe.built_models import prepare

        if model not in (None, "vggface2", "casia-webface"):
            raise typer.BadParameter(f"{model} is not known; choose vggface2 or casia-webface", param_hint="--model")
        made = prepare(PATHS, say, model=model, weights=weights, keep_downloads=keep_downloads)
        say(f"models: {made} in {PATHS.models}")


CONTAINERS_IDLE_S = 60.0  #: containers hold more of this machine than processes do, so idle ones end sooner
#: what holds if nothing else is said
HERE = Settings(
    template=PATHS.template,
    engine=LOCAL_ENGINE,
    journal=JournalPlace(PATHS.journal),
    queues=QueuesPlace(PATHS.queues),
    console=ConsolePlace(PATHS.console_pages, PATHS.payloads),
    watch=True,
)


@with_settings(HERE)
def up(
    given: Given,
    project: Annotated[
        Path | None, typer.Argument(help="A project's folder or its template.", metavar="[DIR | TEMPLATE]")
    ] = None,
    faces: Annotated[bool, typer.Option(FACES, help="Run facepipe's own face recognition, from any folder.")] = False,
    gallery: GalleryPath = PATHS.gallery,
    no_journal: Annotated[bool, typer.Option("--no-journal", help="Keep nothing of what happened.")] = False,
    no_console: Annotated[
        bool, typer.Option("--no-console", help="Serve no console, and keep no photos and messages for it.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Start the functions of --debug only after a debugger has attached.")
    ] = False,
    no_watch: Annotated[bool, typer.Option("--no-watch", help="The same as --watch off.")] = False,
    pictures: KeepPictures = True,
    quiet: Annotated[bool, typer.Option(help="Leave out what the functions log.")] = False,
    strict_runtime: Annotated[
        bool, typer.Option("--strict-runtime", help="Refuse a Python of another version than a function's Runtime.")
    ] = False,
    docker: Annotated[
        bool,
        typer.Option(
            "--docker", help="Run each environment as a container, as tight as Lambda; images are built or pulled."
        ),
    ] = False,
) -> None:
    """Run a project on this machine until Ctrl-C: this pipeline, or what DIR or TEMPLATE names.

    In another folder than the checkout, the template of that folder is run, unless --faces is given.
    Functions are processes, or containers with --docker.
    """
    with clear_errors():
        import asyncio
        import contextlib

        from emulator.app import run
        from emulator.log_text import log_to_stderr
        from facepipe.local_settings import container_settings, local_settings
        from facepipe.people_process import people_service
        from facepipe.present_models import prepare_application, prepare_rie
        from facepipe.project import Manner, choose, prepare

        log_to_stderr("%(asctime)s %(message)s")
        logging.getLogger("function").disabled = quiet
        off = {"--journal": no_journal, "--console": no_console, "--watch": no_watch}
        given = {**given, **{flag: [OFF] for flag, is_off in off.items() if is_off}}
        base = replace(HERE, idle_s=CONTAINERS_IDLE_S) if docker else HERE
        chosen = choose(base, project, given, PATHS, faces=faces)
        settings = read_settings(chosen.settings, chosen.given, os.environ)
        if wait:
            settings = replace(settings, debug=settings.debug.waiting())
        own, tell = settings.template == PATHS.template, _teller(settings)
        if own:
            prepare_application(PATHS, None if docker else gallery, say)
        if settings.engine == RIE:
            prepare_rie(PATHS, say)
        made = container_settings(PATHS, settings) if docker else local_settings(PATHS, settings, gallery)
        manner = Manner(chosen.whole, strict_runtime, docker)
        settings, resources = prepare(made, PATHS, tell, manner=manner)
        with contextlib.ExitStack() as exits:
            if own and settings.native and settings.console.pages:
                settings = exits.enter_context(people_service(PATHS, settings, gallery, keep=pictures))
            asyncio.run(run(settings, tell, resources))


def _teller(settings: Settings) -> Callable[[str], None]:
    """Return what prints the lines of a start; after the last one, this pipeline's first request is shown."""
    from facepipe.first_request import first_request
    from facepipe.project import called_from

    def tell(line: str) -> None:
        print(printable(line), flush=True)
        if line == "ready" and settings.template == PATHS.template:
            sample = PATHS.samples / "grace_hopper.jpg"
            print(printable_lines(first_request(settings.ports, sample, called_from())), flush=True)

    return tell


def init(
    folder: Annotated[Path, typer.Argument(help="The project's folder.", metavar="[DIR]")] = Path(),
) -> None:
    """Write a template.yaml for a project that has none, from its handlers, Dockerfiles and queues; run nothing of it.

    It asks nothing and overwrites nothing. Comments in the template say what was found where, and what is a guess.
    """
    with clear_errors():
        from facepipe.project import called_from
        from facepipe.starting.starting import start_project

        template = start_project(called_from() / folder, say)
        print(printable(template), flush=True)
        say(f"run it: facepipe up {shlex.quote(str(template.parent))}")


def doctor(
    template: Annotated[
        Path | None,
        typer.Option(
            help="A project's folder or its template.",
            show_default="this folder's; where there is none, facepipe's own",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(help="A template parameter, Name=value; may be repeated.")
    ] = None,
    api: Api = LOCAL_API,
    sqs: Sqs = LOCAL_SQS,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Report what would fail on AWS: in the template, in what runs now, and in images. Exit code 1 on an error.

    Visibility and timeout, dead letters, starved mappings, loops, sizes, permissions, variables, log retention; the
    settings and messages of a running system; images and what containers wrote outside /tmp.
    """
    with clear_errors():
        from facepipe.doctor import run_doctor
        from facepipe.project import template_to_examine

        chosen = template_to_examine(template, PATHS)
        raise typer.Exit(run_doctor(chosen, parameter or [], (api, sqs), console(), as_json=json))


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
