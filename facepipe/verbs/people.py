"""Verbs about the people to be recognised."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.options import PATHS, GalleryPath, clear_errors, console


def enrol(
    people: Annotated[Path, typer.Argument(help="A folder with a folder of photos for each person, or a data.pt.")],
    gallery: GalleryPath = PATHS.gallery,
    replace: Annotated[bool, typer.Option("--replace", help="Forget everybody who was enrolled before.")] = False,
    model: Annotated[str | None, typer.Option(help="Which network made a data.pt.")] = None,
    models_dir: Annotated[Path, typer.Option(envvar="MODELS_DIR", help="Where the models are.")] = PATHS.models,
) -> None:
    """Add people to the gallery; running functions know them at once."""
    with clear_errors():
        from facepipe.people import enrol_people, take_over
        from services.enrol import Enrolled
        from services.face_detection.crops import MARGIN_PX

        terminal = console()

        def tell(enrolled: Enrolled) -> None:
            mark = "[green]✓[/green]" if enrolled.used else "[red]✗[/red]"
            note = f"  [yellow]{enrolled.problem}[/yellow]" if enrolled.problem else ""
            terminal.print(f"{mark} {enrolled.name}: {enrolled.photo.name}{note}", highlight=False)

        with terminal.status("looking at the photos …"):
            if people.suffix == ".pt":
                result = take_over(people, gallery, models_dir, model=model, replace=replace)
            else:
                result = enrol_people(people, gallery, models_dir, tell=tell, replace=replace)
        terminal.print(f"{gallery}: {len(set(result.names))} people, {len(result.names)} photos", highlight=False)
        if result.margin_px != MARGIN_PX:
            terminal.print(f"[yellow]{_advice(result.margin_px, MARGIN_PX)}[/yellow]", highlight=False)


def _advice(margin_px: int, usual_px: int) -> str:
    return (
        f"this gallery is of faces with a margin of {margin_px} pixels, and face-detection cuts them out with"
        f" {usual_px}: it works, but enrol everybody again with --replace for better results"
    )
