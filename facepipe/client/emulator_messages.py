"""The messages of the emulator's own queues, which its API shows without receiving them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facepipe.client.api import call
from facepipe.client.endpoints import EndpointError
from facepipe.client.messages import LookedAt, QueueLook, Replayed


@dataclass(frozen=True, slots=True)
class EmulatorMessages:
    """Asks the emulator's API."""

    api: str

    def look(self, queue: str, limit: int) -> QueueLook:
        """Return the oldest messages; nothing changes by that."""
        answer = call(self.api, "GET", f"/queues/{queue}/messages", limit=limit)
        return QueueLook(queue, [_read(message) for message in answer["messages"]], answer["count"], answer["now"])

    def delete(self, queue: str, message_id: str) -> None:
        """Delete a message, whoever may have received it."""
        call(self.api, "DELETE", f"/queues/{queue}/messages/{message_id}")

    def replay(self, queue: str, message_id: str) -> str:
        """Send a dead letter back to where it came from; return that queue's name."""
        (target,) = call(self.api, "POST", f"/queues/{queue}/messages/{message_id}/replay")["moved"]
        return str(target)

    def replay_all(self, queue: str) -> Replayed:
        """Send all messages of a dead-letter queue back, each to where it came from."""
        answer = call(self.api, "POST", f"/queues/{queue}/replay")
        return Replayed(answer["moved"], answer["stayed"])


def oldest_ages(api: str) -> Mapping[str, float | None] | None:
    """Return the age of each queue's oldest message; None where the emulator does not have the queues itself."""
    try:
        ages: Mapping[str, float | None] = call(api, "GET", "/queues")["oldest_s"]
    except EndpointError:
        return None
    return ages


def _read(message: Mapping[str, Any]) -> LookedAt:
    return LookedAt(
        id=message["id"],
        body=message["body"],
        state=message["state"],
        received=message["received"],
        sent_at=message["sent_at"],
        hidden_until=0.0 if message["state"] == "visible" else message["visible_at"],
        attributes=message["attributes"],
        system_attributes=message["system_attributes"],
        size_bytes=message["size_bytes"],
        source=message["source"],
    )
