"""`facepipe demo`: the whole pipeline on two portraits, from nothing to names."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from emulator.free_ports import free_ports
from emulator.settings import LOCAL_ENGINE, Settings
from facepipe.built_models import prepare
from facepipe.client.endpoints import Endpoints
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame, frames
from facepipe.client.progress import send_and_show
from facepipe.client.row_view import TerminalRows
from facepipe.client.sketch import FIRST, SECOND, camera_like_frames, draw
from facepipe.client.terminal_text import shown
from facepipe.local_pipeline import running
from facepipe.paths import Paths
from facepipe.people import EnrolOptions, enrol_people
from services.enrolment.enrol import Enrolled

FIRST_NAME, SECOND_NAME = "Grace Hopper", "Eileen Collins"


def run_demo(paths: Paths, console: Console, *, people: Path | None, source: Path | None) -> int:
    """Set up, start, enrol, send, show, stop; return the exit code.

    Ports and gallery are its own: it disturbs no pipeline that is running, and no gallery that is there.
    """
    console.print("[bold]1.[/bold] models and sample portraits")
    model = prepare(paths, lambda line: console.print(line, highlight=False, markup=False))
    console.print(f"   recognition model: {model}", highlight=False)
    with tempfile.TemporaryDirectory(prefix="facepipe-demo-") as folder:
        gallery = Path(folder) / "gallery.npz"
        if people and source:
            return _with_users_own(paths, console, gallery, (people, source))
        return _with_samples(paths, console, gallery)


def _with_samples(paths: Paths, console: Console, gallery: Path) -> int:
    _enrol_portrait(paths, gallery, FIRST, FIRST_NAME)
    console.print(f"[bold]2.[/bold] enrolled: {FIRST_NAME}; starting both functions, queues and the trigger")
    settings = Settings(paths.template, ports=free_ports(), engine=LOCAL_ENGINE)
    with running(settings, paths.var / "demo.log", gallery=gallery) as local:
        photos = camera_like_frames(paths.samples)
        console.print("[bold]3.[/bold] a camera's frames: the second person is nobody yet")
        before = _send(photos, local.endpoints, console)
        _enrol_portrait(paths, gallery, SECOND, SECOND_NAME)
        console.print(f"[bold]4.[/bold] enrolled {SECOND_NAME} while it runs: the same frames again")
        after = _send(photos, local.endpoints, console)
    _draw(console, photos, after, paths)
    expected_before = [_expected(frame.name, second="unknown") for frame in photos]
    expected_after = [_expected(frame.name, second=SECOND_NAME) for frame in photos]
    return _judge(console, [*before, *after], [*expected_before, *expected_after])


def _with_users_own(paths: Paths, console: Console, gallery: Path, own: tuple[Path, Path]) -> int:
    people, source = own

    def tell(enrolled: Enrolled) -> None:
        console.print(shown(f"   {enrolled.name}: {enrolled.photo.name} {enrolled.problem}"))

    enrol_people(people, gallery, paths.models, EnrolOptions(replace=True, tell=tell))
    console.print("[bold]2.[/bold] enrolled; starting both functions, queues and the trigger")
    settings = Settings(paths.template, ports=free_ports(), engine=LOCAL_ENGINE)
    with running(settings, paths.var / "demo.log", gallery=gallery) as local:
        console.print("[bold]3.[/bold] your frames")
        photos = list(frames([source]))
        rows = _send(photos, local.endpoints, console)
    _draw(console, photos[:24], rows[:24], paths)
    return 0 if all(row.completed for row in rows) else 1


def _enrol_portrait(paths: Paths, gallery: Path, photo: str, name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="facepipe-people-") as folder:
        (Path(folder) / name).mkdir()
        shutil.copy(paths.samples / photo, Path(folder) / name)
        enrol_people(Path(folder), gallery, paths.models)


def _send(photos: Sequence[Frame], endpoints: Endpoints, console: Console) -> list[Row]:
    return send_and_show(photos, SendOptions(endpoints.url), endpoints, TerminalRows(console))


def _draw(console: Console, photos: Sequence[Frame], rows: Sequence[Row], paths: Paths) -> None:
    picture = paths.var / "demo.png"
    draw(photos, rows, picture)
    console.print(Text.assemble(("5.", "bold"), shown(f" stopped; boxes and names are in {picture}")), soft_wrap=True)


def _expected(frame: str, *, second: str) -> str:
    people = {"first": FIRST_NAME, "second": second, "both": f"{FIRST_NAME}, {second}", "nobody": "no-face"}
    return people[frame.split("-", maxsplit=1)[0].removesuffix(".jpg")]


def _judge(console: Console, rows: Sequence[Row], expected: Sequence[str]) -> int:
    wrong = [
        row for row, result in zip(rows, expected, strict=True) if row.answer is None or row.answer.result != result
    ]
    for row in wrong:
        console.print(shown(f"{row.name}: {row.answer.result if row.answer else row.problem}", "red"))
    console.print("as expected, every one" if not wrong else f"{len(wrong)} of {len(rows)} not as expected")
    return 1 if wrong else 0
