"""A function's output on its way to the emulator: whole lines, in order, and all of it before the answer."""

import asyncio
import os
from collections.abc import Callable

import pytest

from emulator.supervisor.output_lines import LINE_BYTES, Lines


class Listener:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def send(self, kind: str, **fields: object) -> None:
        assert (kind, fields["stream"]) == ("log", "stdout")
        self.lines.append(str(fields["line"]))

    async def drained(self) -> None:
        pass


def with_lines(scenario: Callable) -> list[str]:
    async def run() -> list[str]:
        listener = Listener()
        lines = Lines("stdout", listener)
        try:
            await scenario(lines, listener)
        finally:
            lines.close()
            lines.close()  # once is enough
        return listener.lines

    return asyncio.run(run())


def test_what_is_written_is_taken_at_once() -> None:
    async def scenario(lines: Lines, listener: Listener) -> None:
        os.write(lines.sink, b"one\ntwo\nhalf")
        lines.take()
        assert listener.lines == ["one", "two"]
        os.write(lines.sink, b" and half\n")
        os.close(lines.sink)

    assert with_lines(scenario) == ["one", "two", "half and half"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"", []),
        (b"\n\n", ["", ""]),
        (b"no end", ["no end"]),
        (b"\xff\n", ["\N{REPLACEMENT CHARACTER}"]),
        (b"x" * (LINE_BYTES - 5) + b"\n", ["x" * (LINE_BYTES - 5)]),
    ],
)
def test_lines(written: bytes, expected: list[str]) -> None:
    async def scenario(lines: Lines, listener: Listener) -> None:
        os.write(lines.sink, written)
        os.close(lines.sink)

    assert with_lines(scenario) == expected


def test_a_very_long_line_comes_in_pieces_by_itself() -> None:
    async def scenario(lines: Lines, listener: Listener) -> None:
        pump = asyncio.ensure_future(lines.pump())
        await asyncio.to_thread(write_all, lines.sink, b"x" * (3 * LINE_BYTES) + b"\n")
        await pump

    pieces = with_lines(scenario)
    assert "".join(pieces) == "x" * (3 * LINE_BYTES)
    assert max(len(piece) for piece in pieces) <= LINE_BYTES


def write_all(sink: int, data: bytes) -> None:
    with os.fdopen(sink, "wb") as file:
        file.write(data)
