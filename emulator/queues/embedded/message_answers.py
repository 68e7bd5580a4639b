"""Builds the messages of a ReceiveMessage response, with the attributes that the caller asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.arns import Arns
from emulator.queues.embedded.digests import attributes_md5
from emulator.queues.embedded.message_rules import TRACE_HEADER
from emulator.queues.embedded.receipts import handle_of
from emulator.queues.embedded.stored_message import StoredMessage

ALL = "All"
_SEQUENCE_START = 18 * 10**18  #: twenty digits, like SQS's sequence numbers


def sequence_number(key: int) -> str:
    """Return the sequence number of a FIFO queue's message."""
    return str(_SEQUENCE_START + key)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The attributes that a caller asks for. A response of ReceiveMessage has no others."""

    system: frozenset[str]
    own: tuple[str, ...]

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> "Wanted":
        """Read the parameters of a ReceiveMessage; AttributeNames is an older name of MessageSystemAttributeNames."""
        names = (*(parameters.get("AttributeNames") or ()), *(parameters.get("MessageSystemAttributeNames") or ()))
        return cls(frozenset(names), tuple(parameters.get("MessageAttributeNames") or ()))

    def attributes_of(self, message: StoredMessage) -> Mapping[str, Mapping[str, Any]]:
        """Return the message attributes that the caller asks for."""
        if ALL in self.own or ".*" in self.own:
            return message.content.attributes
        return {name: attribute for name, attribute in message.content.attributes.items() if _matches(name, self.own)}


def answer_message(message: StoredMessage, wanted: Wanted, arns: Arns) -> dict[str, Any]:
    """Return the description of a message that has just been received."""
    content = message.content
    answer: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": handle_of(message),
        "MD5OfBody": content.body_md5,
        "Body": content.body,
    }
    if wanted.system:
        answer["Attributes"] = system_attributes(message, arns, _filter(wanted.system))
    if wanted.own and (attributes := wanted.attributes_of(message)):
        answer["MessageAttributes"] = dict(attributes)
        whole = len(attributes) == len(content.attributes)
        answer["MD5OfMessageAttributes"] = content.attributes_md5 if whole else attributes_md5(attributes)
    return answer


def system_attributes(message: StoredMessage, arns: Arns, wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return the system attributes, which SQS sets (ES-02)."""
    content = message.content
    known = {
        "SenderId": arns.account_id,
        "SentTimestamp": str(int(message.sent_at * 1000)),
        "ApproximateReceiveCount": str(message.received),
        "ApproximateFirstReceiveTimestamp": str(int(message.first_received_at * 1000)),
        "MessageGroupId": content.group,
        "MessageDeduplicationId": content.deduplication_id,
        "SequenceNumber": sequence_number(message.key) if content.deduplication_id else "",
        TRACE_HEADER: content.trace_header,
        "DeadLetterQueueSourceArn": arns.queue(message.source) if message.source else "",
    }
    return {name: text for name, text in known.items() if text and wanted(name)}


def _filter(names: frozenset[str]) -> Callable[[str], bool]:
    return _everything if ALL in names else names.__contains__


def _everything(_: str) -> bool:
    return True


def _matches(name: str, wanted: Sequence[str]) -> bool:
    return any(name == pattern or (pattern.endswith(".*") and name.startswith(pattern[:-2])) for pattern in wanted)
