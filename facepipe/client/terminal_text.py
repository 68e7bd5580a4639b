"""Makes text that strangers wrote fit for a terminal.

Request ids, file names, names of people and log lines can hold codes that move the cursor, change the window's title or
turn the reading direction around, and square brackets that rich reads as markup. Here the first are written as escapes,
and the second stay what they are, because `shown` returns text that rich does not parse.
"""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment
from rich.text import Text

from facepipe.client.printable_text import printable


def shown(text: object, style: str = "") -> Text:
    """Return text for rich, which takes it as it is: without markup and without names of emoji."""
    return Text(printable(text), style=style)


def safe_console(width: int | None = None) -> Console:
    """Return a console that writes no character of control but its own, whoever forgot to ask for it."""
    console = Console(width=width)
    console.push_render_hook(_LastLook())
    return console


class _LastLook(RenderHook):
    """Looks at everything that a console is about to write."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Looked(renderable) for renderable in renderables]


class _Looked:
    """A renderable without characters of control; rich's own are segments of another kind."""

    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._segments(console, options)

    def _segments(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._renderable, options):
            if segment.control:
                yield segment
            else:
                lines = segment.text.split("\n")
                yield Segment("\n".join(printable(line) for line in lines), segment.style)
