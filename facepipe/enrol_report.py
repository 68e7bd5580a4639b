"""What `facepipe enrol` says: a line for each person, and one for each photo that wants a look."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from facepipe.client.printable_text import printable
from facepipe.client.terminal_text import shown
from facepipe.people import EnrolResult
from services.enrolment.enrol import Enrolled, Fate
from services.enrolment.review import Pair
from services.face_recognition.gallery import Gallery

SHOWN_TWICE = 3  #: of a person's photos that are there twice: who copied a folder into itself has them all
MARKS = {Fate.ENROLLED: ("!", "yellow"), Fate.REPEATED: ("=", "dim"), Fate.LEFT_OUT: ("✗", "red")}


def person_lines(photos: Sequence[Enrolled]) -> Iterator[Text]:
    """Yield what became of the photos, person by person; photos with which all is well are only counted."""
    for name in dict.fromkeys(photo.name for photo in photos):
        own = [photo for photo in photos if photo.name == name]
        used, known = (sum(photo.fate is fate for photo in own) for fate in (Fate.ENROLLED, Fate.REPEATED))
        mark, style = ("✓", "green") if used else ("=", "dim") if known else ("✗", "red")
        also = f", {known} known already" if known else ""
        yield Text.assemble((mark, style), f" {name}: {_count(used, 'photo')} enrolled{also}")
        twice = [photo for photo in own if photo.fate is Fate.REPEATED and photo.problem]
        for photo in own:
            if photo.problem and photo not in twice[SHOWN_TWICE:]:
                mark, style = MARKS[photo.fate]
                yield Text.assemble("  ", (mark, style), f" {printable(photo.photo.name)}: {photo.problem}")

        if len(twice) > SHOWN_TWICE:
            yield Text.assemble(
                "  ", MARKS[Fate.REPEATED], f" and {len(twice) - SHOWN_TWICE} more that are there twice"
            )


def closing_lines(result: EnrolResult) -> Iterator[Text]:
    """Yield what concerns no single photo, and the summary."""
    for path, reason in result.folder.unread:
        yield Text.assemble(("✗", "red"), f" {printable(path.parent.name)}/{printable(path.name)}: {reason}")
    for pair in result.enrolment.pairs:
        yield Text.assemble(("!", "yellow"), f" {_pair(pair)}")
    if names := result.without_a_photo:
        yield Text.assemble(("✗", "red"), f" without a photo, so not enrolled: {', '.join(names)}")
    yield Text(summary(result))


def enrolled_table(gallery: Gallery) -> Table:
    """Return who is enrolled."""
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    view.add_column("person", overflow="fold")
    view.add_column("photos", justify="right")
    for name, photos in sorted(Counter(gallery.names).items()):
        view.add_row(shown(name), str(photos))
    return view


def summary(result: EnrolResult) -> str:
    """Say in one sentence what was done and what was left out."""
    fates = Counter(photo.fate for photo in result.enrolment.photos)
    parts = [f"{_count(fates[Fate.ENROLLED], 'photo')} enrolled"]
    if fates[Fate.REPEATED]:
        parts.append(f"{fates[Fate.REPEATED]} known already")
    if result.left_out:
        parts.append(f"{result.left_out} left out")
    if names := result.without_a_photo:
        parts.append(f"{_count(len(names), 'person', 'people')} without a photo")
    gallery = result.gallery
    people = _count(len(set(gallery.names)), "person", "people")
    return f"{', '.join(parts)}. The gallery holds {people}, {_count(len(gallery.names), 'photo')}."


def _pair(pair: Pair) -> str:
    return (
        f"{pair.first} and {pair.second} look like one person ({pair.distance:.2f} apart): if they are, put the photos"
        " into one folder, and take the other name out with facepipe people remove"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
