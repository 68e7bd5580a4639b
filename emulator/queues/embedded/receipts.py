"""Receipt handles: each identifies one receive of one message, and is opaque to callers."""

import base64
import binascii
from dataclasses import dataclass

from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.stored_message import StoredMessage

_MARK = "facepipe"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receive that a receipt handle identifies."""

    queue: str
    key: int
    number: int


def handle_of(message: StoredMessage) -> str:
    """Return the handle of a message's latest receive."""
    text = f"{_MARK}:{message.queue}:{message.key}:{message.receipt}:{message.id}"
    return base64.b64encode(text.encode()).decode()


def read_handle(handle: str, queue: str) -> Receipt:
    """Return the receive that a handle identifies. Raises `SqsError` if it is not a handle of this queue."""
    try:
        mark, name, key, number, _ = base64.b64decode(handle.encode(), validate=True).decode().split(":")
        receipt = Receipt(name, int(key), int(number))
    except (ValueError, binascii.Error):
        mark, receipt = "", Receipt("", 0, 0)
    if mark != _MARK or receipt.queue != queue:
        raise SqsError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    return receipt
