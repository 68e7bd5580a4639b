"""Converts messages and settings to rows of the store, and rows to messages."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.queues.embedded.changes import Changes
from emulator.queues.embedded.deduplication import Remembered
from emulator.queues.embedded.stored_message import Content, StoredMessage

Row = tuple[Any, ...]

#: columns of the tables; the first is the primary key, in `remembered` the first two
MESSAGES = ("key", "id", "body", "attributes", "trace_header", "size_bytes", "message_group", "deduplication_id")
STATES = (
    "key",
    "queue",
    "place",
    "sent_at",
    "retained_from",
    "visible_at",
    "received",
    "receipt",
    "received_at",
    "first_received_at",
    "source",
)
REMEMBERED = ("queue", "scope", "message_id", "key", "at")
QUEUES, TASKS = ("name", "settings"), ("id", "task")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that one transaction writes and deletes."""

    messages: Sequence[Row]
    states: Sequence[Row]
    gone: Sequence[int]
    queues: Sequence[Row]
    queues_gone: Sequence[str]
    tasks: Sequence[Row]
    tasks_gone: Sequence[str]
    remembered: Sequence[Row]

    @classmethod
    def of(cls, changes: Changes) -> "Rows":
        """Return changes as rows, with each object's current state."""
        return cls(
            messages=[_message_row(message) for message in changes.added.values()],
            states=[_state_row(message) for part in (changes.added, changes.touched) for message in part.values()],
            gone=list(changes.gone),
            queues=[(name, json.dumps(settings)) for name, settings in changes.queues.items() if settings is not None],
            queues_gone=list(changes.forgotten),
            tasks=[(task_id, json.dumps(task)) for task_id, task in changes.tasks.items() if task is not None],
            tasks_gone=[task_id for task_id, task in changes.tasks.items() if task is None],
            remembered=[_remembered_row(queue, record) for (queue, _), record in changes.remembered.items()],
        )


def read_message(message: Sequence[Any], state: Sequence[Any]) -> StoredMessage:
    """Build a message from its row and the row of its state."""
    key, message_id, body, attributes, trace_header, size_bytes, group, deduplication_id = message
    content = Content(
        body,
        attributes=_read_attributes(attributes),
        trace_header=trace_header,
        size_bytes=size_bytes,
        group=group,
        deduplication_id=deduplication_id,
    )
    named = dict(zip(STATES, state, strict=True))
    return StoredMessage(**{**named, "key": key}, id=message_id, content=content)


def _message_row(message: StoredMessage) -> Row:
    content = message.content
    about = (content.trace_header, content.size_bytes, content.group, content.deduplication_id)
    return (message.key, message.id, content.body, _attributes_text(content.attributes), *about)


def _state_row(message: StoredMessage) -> Row:
    return (
        message.key,
        message.queue,
        message.place,
        message.sent_at,
        message.retained_from,
        message.visible_at,
        message.received,
        message.receipt,
        message.received_at,
        message.first_received_at,
        message.source,
    )


def _remembered_row(queue: str, record: Remembered) -> Row:
    return (queue, record.scope, record.message_id, record.key, record.at)


def _attributes_text(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return attributes as JSON, with binary values in base64; empty if there are none."""
    return json.dumps(attributes, default=lambda value: base64.b64encode(value).decode()) if attributes else ""


def _read_attributes(text: str) -> dict[str, dict[str, Any]]:
    attributes: dict[str, dict[str, Any]] = json.loads(text or "{}")
    for attribute in attributes.values():
        if "BinaryValue" in attribute:
            attribute["BinaryValue"] = base64.b64decode(attribute["BinaryValue"])
    return attributes
