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
        told = call(self.api, "GET", f"/queues/{queue}/messages", limit=limit)
        return QueueLook(queue, [_read(one) for one in told["messages"]], told["count"], told["now"])

    def delete(self, queue: str, message_id: str) -> None:
        """Delete a message, whoever may have received it."""
        call(self.api, "DELETE", f"/queues/{queue}/messages/{message_id}")

    def replay(self, queue: str, message_id: str) -> str:
        """Send a dead letter back to where it came from; return that queue's name."""
        (target,) = call(self.api, "POST", f"/queues/{queue}/messages/{message_id}/replay")["moved"]
        return str(target)

    def replay_all(self, queue: str) -> Replayed:
        """Send all messages of a dead-letter queue back, each to where it came from."""
        told = call(self.api, "POST", f"/queues/{queue}/replay")
        return Replayed(told["moved"], told["stayed"])


def oldest_ages(api: str) -> Mapping[str, float | None] | None:
    """Return the age of each queue's oldest message; None where the emulator does not have the queues itself."""
    try:
        ages: Mapping[str, float | None] = call(api, "GET", "/queues")["oldest_s"]
    except EndpointError:
        return None
    return ages


def _read(told: Mapping[str, Any]) -> LookedAt:
    return LookedAt(
        id=told["id"],
        body=told["body"],
        state=told["state"],
        received=told["received"],
        sent_at=told["sent_at"],
        hidden_until=0.0 if told["state"] == "visible" else told["visible_at"],
        attributes=told["attributes"],
        system_attributes=told["system_attributes"],
        size_bytes=told["size_bytes"],
        source=told["source"],
    )
