"""Describes in one line why an init phase failed, from the error object of the runtime (RT-12)."""

import re

from emulator.failures import error_in

MESSAGE_CHARACTERS = 500
_PLACE = re.compile(r'File "(?P<file>[^"\n]+)", line (?P<line>\d+)')


def init_error_text(error: str) -> str:
    """Return type, message, and the place in the function's code; any other text as it is, in one line."""
    content = error_in(error.encode())
    if content is None:
        return " ".join(error.split())[:MESSAGE_CHARACTERS]
    text = f"{content['errorType']}: {content.get('errorMessage', '')}"[:MESSAGE_CHARACTERS]
    return " ".join(text.split()) + _place(content.get("stackTrace"))


def _place(trace: object) -> str:
    """Return the last place of a traceback that has a file of its own."""
    frames = [str(frame) for frame in trace] if isinstance(trace, list) else []
    places = [match for frame in frames if (match := _PLACE.search(frame)) and not match["file"].startswith("<")]
    return f" at {places[-1]['file']}, line {places[-1]['line']}" if places else ""
