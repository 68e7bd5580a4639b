"""Makes untrusted text safe for the emulator's log.

A path, a request id or a function's output can contain terminal control codes, and line breaks that would forge a
further log line. This formatter escapes them in every record, so callers can log any text.
"""

import logging
import re
import unicodedata

CONTINUED = "    | "  #: the prefix of a record's further lines, so that they cannot look like records of their own
JOINERS = "\u200c\u200d"  #: they change how letters join, in Persian or in emoji, and are part of names
_BREAK = re.compile(r"\r\n|\r|\n")


def printable(text: str) -> str:
    """Return text in one line, with Python's escapes in place of the characters that are not printed."""
    return text if text.isprintable() else "".join(map(_printable, text))


class LogFormatter(logging.Formatter):
    """Formats records for people: printable characters only, and further lines marked as such."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's text."""
        lines = _BREAK.split(super().format(record))
        return f"\n{CONTINUED}".join(printable(line.expandtabs(8)) for line in lines)


def log_to_stderr(form: str) -> None:
    """Write all records of level INFO and above to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter(form))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _printable(character: str) -> str:
    if character.isprintable() or character in JOINERS or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")
