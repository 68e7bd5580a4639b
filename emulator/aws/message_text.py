"""The characters of SQS's messages (SendMessage)."""

import re

#: what SQS takes in no body and no attribute, such as the escapes of a terminal's colours
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\ufffd"


def sendable(text: str) -> str:
    """Return a text with a mark in place of every character that SQS refuses."""
    return FORBIDDEN.sub(REPLACEMENT, text)
