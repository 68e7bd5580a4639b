"""Verbs about the people to be recognised."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facepipe.verbs.options import PATHS, GalleryPath, KeepPictures, ModelsDir, clear_errors, console, say
from facepipe.verbs.verb_group import VerbGroup

if TYPE_CHECKING:
    from facepipe.people import EnrolOptions
    from services.face_recognition.gallery import Gallery

app = typer.Typer(
    name="people",
    cls=VerbGroup,
    help="List the enrolled people; `remove NAME` removes people.",
    invoke_without_command=True,
)


def enrol(
    people: Annotated[Path, typer.Argument(help="A folder with a folder of photos for each person, or a data.pt.")],
    gallery: GalleryPath = PATHS.gallery,
    replace: Annotated[bool, typer.Option("--replace", help="Forget everybody who was enrolled before.")] = False,
    margin: Annotated[
        int | None,
        typer.Option(min=0, max=120, help="Pixels of 160 around a face; if not given, the gallery's, or 32."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Which network made a data.pt.")] = None,
    pictures: KeepPictures = True,
    models_dir: ModelsDir = PATHS.models,
) -> None:
    """Add people to the gallery; running functions use it at once. Exit code 1 if something was left out."""
    with clear_errors():
        from facepipe.people import EnrolOptions, take_over
        from services.face_detection.crops import MARGIN_PX

        complete = True
        if people.suffix == ".pt":
            result = take_over(people, gallery, models_dir, model=model, options=EnrolOptions(replace, margin))
            say(f"{gallery}: {len(set(result.names))} people, {len(result.names)} photos")
        else:
            result, complete = _enrol_folder(people, gallery, models_dir, EnrolOptions(replace, margin, pictures))
        if result.margin_px != MARGIN_PX:
            say(_advice(result.margin_px, MARGIN_PX))
        raise typer.Exit(0 if complete else 1)


def _enrol_folder(people: Path, gallery: Path, models: Path, options: "EnrolOptions") -> "tuple[Gallery, bool]":
    """Enrol a folder of people and print the result; return whether nothing was left out."""
    from dataclasses import replace

    from facepipe.enrol_report import closing_lines, person_lines
    from facepipe.people import enrol_people
    from services.enrolment.enrol import Enrolled

    terminal = console()
    photos: list[Enrolled] = []
    try:
        with terminal.status("looking at the photos …") as status:

            def step(number: int, of: int) -> None:
                status.update(f"looking at photo {number} of {of} …")

            result = enrol_people(people, gallery, models, replace(options, step=step, tell=photos.append))
    finally:
        for line in person_lines(photos):
            terminal.print(line)
    for line in closing_lines(result):
        terminal.print(line)
    return result.gallery, not (result.left_out or result.without_a_photo)


def _advice(margin_px: int, usual_px: int) -> str:
    return (
        f"this gallery is of faces with a margin of {margin_px} pixels, and face-detection cuts them out with"
        f" {usual_px}: it works, but enrol everybody again with --replace for better results"
    )


@app.callback()
def people(context: typer.Context, gallery: GalleryPath = PATHS.gallery) -> None:
    """List the enrolled people, each with the number of photos."""
    if context.invoked_subcommand:
        return
    with clear_errors():
        from facepipe.enrol_report import enrolled_table
        from services.enrolment.gallery_file import read_any_file

        held = read_any_file(gallery)
        console().print(enrolled_table(held))
        say(f"{gallery}: {held.model.model_id}, margin {held.margin_px}, threshold {held.threshold:g}")


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Whom to forget, by the names that `facepipe people` shows.")],
    gallery: GalleryPath = PATHS.gallery,
) -> None:
    """Remove people; running functions no longer recognise them."""
    with clear_errors():
        from services.enrolment.kept_faces import forget_people

        left = forget_people(names, gallery)
        say(f"removed: {', '.join(dict.fromkeys(names))}. The gallery holds {len(set(left.names))} people.")
