"""Logs requests with invalid HTTP in one line, where aiohttp would write a traceback."""

import logging

from aiohttp.http_exceptions import HttpProcessingError

_SHOWN_CHARACTERS = 200


class OneLine(logging.Filter):
    """Turns aiohttp's record about an invalid request into one line; other records stay unchanged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            problem = " ".join(error.message.split())[:_SHOWN_CHARACTERS]
            record.msg, record.args = "a request was refused, because it is not valid HTTP: %s", (ascii(problem)[1:-1],)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = None
        return True


_ONE_LINE = OneLine()


def server_log() -> logging.Logger:
    """Return the logger for aiohttp's servers."""
    log = logging.getLogger("emulator.http")
    log.addFilter(_ONE_LINE)  # one filter, even after several calls
    return log
