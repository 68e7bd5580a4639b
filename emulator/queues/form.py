"""SQS's query protocol: a form, whose fields are read and changed without taking it apart."""

import re
from urllib.parse import quote, unquote_plus

FORM = "application/x-www-form-urlencoded"


def value(form: bytes, name: str) -> str:
    """Return the value of a field; empty where there is none."""
    match = _field(name).search(form)
    return unquote_plus(match[1].decode("ascii", "replace")) if match else ""


def with_value(form: bytes, name: str, text: str) -> bytes:
    """Return the form with another value of a field, which is added where there is none."""
    encoded = quote(text, safe="").encode()
    match = _field(name).search(form)
    if match:
        return form[: match.start(1)] + encoded + form[match.end(1) :]
    return form + (b"&" if form else b"") + name.encode() + b"=" + encoded


def _field(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?:^|&)" + re.escape(name.encode()) + rb"=([^&]*)")
