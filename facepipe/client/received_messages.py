"""The messages of a queue server that shows them only to those who receive them: ElasticMQ, AWS."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.endpoints import EndpointError
from facepipe.client.messages import LookedAt, QueueLook, Replayed
from facepipe.client.queues import QueueState

LOOK_S = 5  #: that a message is hidden by a look at it
#: of a message, of which one call brings ten
ALL_OF_IT = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
SETTLED = 1_000  #: messages among which one is looked for


@dataclass(frozen=True, slots=True)
class ReceivedMessages:
    """Looks by receiving, for a few seconds, from queues where no redrive policy counts receives."""

    sqs: Any
    queues: Mapping[str, QueueState]  #: by name
    clock: Callable[[], float] = time.time

    def look(self, queue: str, limit: int) -> QueueLook:
        """Return up to `limit` visible messages, which are hidden for some seconds by that."""
        state = self._looked_into(queue)
        messages = [_read(message) for message in self._receive(state, limit)]
        remark = f"this server shows messages only to receivers: these were received, and are hidden for {LOOK_S} s"
        return QueueLook(queue, messages, state.depth, self.clock(), remark)

    def delete(self, queue: str, message_id: str) -> None:
        """Delete a visible message."""
        state = self._looked_into(queue)
        self._delete(state, self._find(state, message_id))

    def replay(self, queue: str, message_id: str) -> str:
        """Send a dead letter back: its copy is accepted before it is deleted, so it may be there twice, never lost."""
        state = self._looked_into(queue)
        target = self._origin(state)
        self._move(self._find(state, message_id), state, target)
        return target.name

    def replay_all(self, queue: str) -> Replayed:
        """Send all messages of a dead-letter queue back, waiting for those that somebody looks at."""
        state, moved = self._looked_into(queue), 0
        target = self._origin(state)
        while messages := self._ask(state, "receive_message", **ALL_OF_IT, WaitTimeSeconds=2).get("Messages", []):
            for message in messages:
                self._move(message, state, target)
            moved += len(messages)
        return Replayed({target.name: moved}, {})

    def _origin(self, state: QueueState) -> QueueState:
        if len(state.dead_letters_of) != 1:
            sources = ", ".join(state.dead_letters_of) or "no queue"
            raise EndpointError(f"{state.name} has dead letters of {sources}: where to send them is not known")
        return self.queues[state.dead_letters_of[0]]

    def _move(self, message: Mapping[str, Any], state: QueueState, target: QueueState) -> None:
        self._ask(target, "send_message", **copy_of(message))
        self._delete(state, message)

    def _looked_into(self, queue: str) -> QueueState:
        state = self.queues[queue]
        if state.redrives:
            raise EndpointError(
                f"{queue} cannot be looked into: its server shows messages only to receivers, and each receive counts"
                " towards the dead letters; with the emulator's own queues (without --sqs-endpoint) it can"
            )
        return state

    def _find(self, state: QueueState, message_id: str) -> Mapping[str, Any]:
        for message in self._receive(state, SETTLED):
            if message["MessageId"] == message_id:
                return message
        raise EndpointError(f"{state.name} shows no message {message_id}: it may be in flight, or deleted")

    def _receive(self, state: QueueState, limit: int) -> Iterator[Mapping[str, Any]]:
        """Yield visible messages, each once."""
        seen: set[str] = set()
        while len(seen) < limit:
            answer = self._ask(state, "receive_message", **ALL_OF_IT, VisibilityTimeout=LOOK_S)
            messages = answer.get("Messages", [])[: limit - len(seen)]
            new = [message for message in messages if message["MessageId"] not in seen]
            if not new:
                return
            for message in new:
                seen.add(message["MessageId"])
                yield message

    def _delete(self, state: QueueState, message: Mapping[str, Any]) -> None:
        self._ask(state, "delete_message", ReceiptHandle=message["ReceiptHandle"])

    def _ask(self, state: QueueState, operation: str, **parameters: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self.sqs, operation)(QueueUrl=state.url, **parameters)
        except (BotoCoreError, ClientError) as error:
            raise EndpointError(f"{state.name}: {error}") from error
        return answer


def copy_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be sent for a message to be there again: body, own attributes, group and trace header."""
    attributes = {
        name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    known = message.get("Attributes", {})
    again = {name: known[name] for name in ("MessageGroupId", "MessageDeduplicationId") if name in known}
    if header := known.get("AWSTraceHeader"):
        again["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    return {"MessageBody": message["Body"], "MessageAttributes": attributes, **again}


def _read(message: Mapping[str, Any]) -> LookedAt:
    known = message.get("Attributes", {})
    return LookedAt(
        id=message["MessageId"],
        body=message["Body"],
        state="",
        received=int(known.get("ApproximateReceiveCount", 0)),
        sent_at=int(known.get("SentTimestamp", 0)) / 1000,
        hidden_until=0.0,
        attributes=message.get("MessageAttributes", {}),
        system_attributes=known,
        size_bytes=_size(message),
        source=known.get("DeadLetterQueueSourceArn", "").rpartition(":")[2],
    )


def _size(message: Mapping[str, Any]) -> int:
    """Return the size as SQS counts it: body, and names, types and values of the attributes."""
    parts: list[Sequence[int]] = [message["Body"].encode()]
    for name, value in message.get("MessageAttributes", {}).items():
        binary = value.get("BinaryValue")
        text = binary if binary is not None else value.get("StringValue", "").encode()
        parts += [name.encode(), value["DataType"].encode(), text]
    return sum(map(len, parts))
