"""What the log says about requests that are broken as HTTP: one line, where aiohttp writes a traceback."""

import logging

from aiohttp.http_exceptions import HttpProcessingError

_SHOWN_CHARACTERS = 200


class OneLine(logging.Filter):
    """Turns aiohttp's record about a broken request into one line; everything else stays as it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            problem = " ".join(error.message.split())[:_SHOWN_CHARACTERS]
            record.msg, record.args = "a request was refused, for it is broken as HTTP: %s", (ascii(problem)[1:-1],)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = None
        return True


_ONE_LINE = OneLine()


def server_log() -> logging.Logger:
    """Return the log for aiohttp's servers."""
    log = logging.getLogger("emulator.http")
    log.addFilter(_ONE_LINE)  # once, however often it is said
    return log
