"""Which characters SQS takes: SendMessage in its API reference."""

import pytest

from emulator.aws.message_text import is_sendable, sendable

#: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
TAKEN = [(0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
EDGES = {point for limits in TAKEN for limit in limits for point in (limit - 1, limit, limit + 1) if point <= 0x10FFFF}


@pytest.mark.parametrize("around", ["", "in plain ASCII ", "und in Grün "])
def test_exactly_the_characters_of_the_reference_are_taken(around: str) -> None:
    for point in sorted({*range(0x100), *EDGES}):
        taken = any(first <= point <= last for first, last in TAKEN)
        assert is_sendable(f"{around}{chr(point)}{around}") is taken, hex(point)


def test_what_is_not_taken_is_replaced() -> None:
    assert sendable("a\x1b[0m\ud800b") == "a\ufffd[0m\ufffdb"
    assert is_sendable(sendable("a\x1b[0m\ud800b"))
