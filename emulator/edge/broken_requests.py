"""Finds requests with invalid HTTP, and logs them in one line, where aiohttp would write a traceback."""

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import _ErrInfo

_SHOWN_CHARACTERS = 200


class OneLine(logging.Filter):
    """Turns aiohttp's record about an invalid request into one line; other records stay unchanged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg = "a request was refused, because it is not valid HTTP: %s"
            record.args = (_shown(error.message),)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = None
        return True


_ONE_LINE = OneLine()


def problem_of_last_message(http: web.RequestHandler) -> str:
    """Return what is wrong with the last bytes of a connection; an empty text if they are valid.

    aiohttp keeps such a problem in line behind the requests that came before it, and nothing of it is public.
    """
    waiting = http._messages  # noqa: SLF001
    message = waiting[-1][0] if waiting else None
    return _shown(message.message) if isinstance(message, _ErrInfo) else ""


def _shown(problem: str) -> str:
    return ascii(" ".join(problem.split())[:_SHOWN_CHARACTERS])[1:-1]


def server_log() -> logging.Logger:
    """Return the logger for aiohttp's servers."""
    log = logging.getLogger("emulator.http")
    log.addFilter(_ONE_LINE)  # one filter, even after several calls
    return log
