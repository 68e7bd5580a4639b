"""Strangers' text without characters of control, whatever it is written to."""

import unicodedata

JOINERS = "\u200c\u200d"  #: they change how letters join, in Persian or in emoji, and are part of names
BREAKS = ("\r\n", "\r", "\n")


def printable(text: object) -> str:
    """Return text in one line, with Python's escapes in place of the characters that are not printed."""
    given = str(text)
    return given if given.isprintable() else "".join(map(_printable, given))


def printable_lines(text: object) -> str:
    """Return text of several lines; all but the first are indented, so that none can pass for a message of its own."""
    given = str(text)
    for line_break in BREAKS:
        given = given.replace(line_break, "\n")
    return "\n    ".join(printable(line.expandtabs(8)) for line in given.split("\n"))


def _printable(character: str) -> str:
    if character.isprintable() or character in JOINERS or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")
