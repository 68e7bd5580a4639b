"""The characters of SQS's messages (SendMessage)."""

import re

#: what SQS takes in no body and no attribute, such as the escapes of a terminal's colours
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ALLOWED_ASCII = b"\t\n\r" + bytes(range(0x20, 0x80))
REPLACEMENT = "\ufffd"


def is_sendable(text: str) -> bool:
    """Return whether SQS takes all characters of a text. Photos in base64 are ASCII, which is looked through faster."""
    if text.isascii():
        return not text.encode().translate(None, _ALLOWED_ASCII)
    return _FORBIDDEN.search(text) is None


def sendable(text: str) -> str:
    """Return a text with a mark in place of every character that SQS refuses."""
    return _FORBIDDEN.sub(REPLACEMENT, text)
