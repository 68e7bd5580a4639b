"""Reads and changes single fields of a form in SQS's query protocol, without decoding the whole form."""

import re
from urllib.parse import quote, unquote_plus

FORM = "application/x-www-form-urlencoded"


def value(form: bytes, name: str) -> str:
    """Return the value of a field; empty if the form does not have it."""
    match = _field(name).search(form)
    return unquote_plus(match[1].decode("ascii", "replace")) if match else ""


def with_value(form: bytes, name: str, text: str) -> bytes:
    """Return the form with a new value for a field; add the field if it is missing."""
    encoded = quote(text, safe="").encode()
    match = _field(name).search(form)
    if match:
        return form[: match.start(1)] + encoded + form[match.end(1) :]
    return form + (b"&" if form else b"") + name.encode() + b"=" + encoded


def _field(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?:^|&)" + re.escape(name.encode()) + rb"=([^&]*)")
