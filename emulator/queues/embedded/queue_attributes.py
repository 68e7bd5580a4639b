"""The attributes of a queue: names, ranges and defaults, as CreateQueue and SetQueueAttributes accept them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.aws.limits import KMS_REUSE_S
from emulator.queues.embedded.errors import SqsError
from emulator.resources.queue import FIFO_CHOICES, FIFO_QUEUE, RANGES, REDRIVE

POLICY, REDRIVE_ALLOW = "Policy", "RedriveAllowPolicy"
KMS_KEY, KMS_REUSE, SSE = "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"
#: attributes that are removed by an empty value
REMOVABLE = (POLICY, REDRIVE, REDRIVE_ALLOW, KMS_KEY)
#: all attributes that can be set
ATTRIBUTES = (*RANGES, SSE, KMS_KEY, KMS_REUSE, POLICY, REDRIVE, REDRIVE_ALLOW, FIFO_QUEUE, *FIFO_CHOICES)
_NUMBERS = {**RANGES, KMS_REUSE: KMS_REUSE_S}
_CHOICES = {**FIFO_CHOICES, SSE: ("true", "false")}
_BOOLEAN = ("true", "false")


@dataclass(frozen=True, slots=True)
class QueueAttributes:
    """The attributes that were set for a queue; all others have SQS's defaults."""

    fifo: bool
    values: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """Return the value of a numeric attribute, or its default."""
        return int(self.values.get(name, _NUMBERS[name].default))

    def text(self, name: str) -> str:
        """Return an attribute as GetQueueAttributes returns it; empty if the queue does not have it."""
        if name in self.values:
            return self.values[name]
        if name in RANGES:
            return str(RANGES[name].default)
        if name == SSE:
            return "false" if KMS_KEY in self.values else "true"
        if name == KMS_REUSE and KMS_KEY in self.values:
            return str(KMS_REUSE_S.default)
        return _FIFO_DEFAULTS.get(name, "") if self.fifo else ""

    def all(self) -> dict[str, str]:
        """Return all attributes of the queue."""
        return {name: text for name in ATTRIBUTES if (text := self.text(name))}

    def changed(self, wanted: Mapping[str, str]) -> "QueueAttributes":
        """Return these attributes with new values. Raises `SqsError`, which names an invalid one."""
        values = dict(self.values)
        for name, text in wanted.items():
            if name == FIFO_QUEUE and self.fifo and text.lower() != "true":
                reason = "Modifying queue type is not supported."
                raise SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name}. Reason: {reason}")
            if text == "" and name in REMOVABLE:
                values.pop(name, None)
            else:
                values[name] = self._read(name, text)
        if KMS_KEY in wanted and values.get(KMS_KEY):
            values.pop(SSE, None)
        if self.fifo and values.get("FifoThroughputLimit") == "perMessageGroupId":
            _check_throughput(values)
        return QueueAttributes(self.fifo, values)

    def first_difference(self, wanted: Mapping[str, str]) -> str:
        """Return the name of an attribute that differs from the wanted value; empty if none does."""
        for name, text in wanted.items():
            if not _same(self.text(name), self._read(name, text) if text else ""):
                return name
        return ""

    def _read(self, name: str, text: str) -> str:
        if name in _NUMBERS:
            limits = _NUMBERS[name]
            if not text.isdecimal() or not limits.low <= int(text) <= limits.high:
                raise SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
            return str(int(text))
        if name in FIFO_CHOICES and not self.fifo:
            if name == "ContentBasedDeduplication":
                raise SqsError("InvalidAttributeName", f"Unknown Attribute {name}.")
            only = f"You can specify the {name} only when FifoQueue is set to true."
            raise SqsError("InvalidAttributeName", only)
        if name == FIFO_QUEUE and self.fifo:
            return text.lower()
        if name in _CHOICES:
            return _choice(name, text)
        if name in REMOVABLE:
            return text
        raise SqsError("InvalidAttributeName", f"Unknown Attribute {name}.")


_FIFO_DEFAULTS = {
    FIFO_QUEUE: "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


def _choice(name: str, text: str) -> str:
    found = text.lower() if _CHOICES[name] == _BOOLEAN else text
    if found not in _CHOICES[name]:
        raise SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    return found


def _check_throughput(values: Mapping[str, str]) -> None:
    if values.get("DeduplicationScope") != "messageGroup":
        raise SqsError(
            "InvalidAttributeValue",
            "Invalid value for the parameter FifoThroughputLimit. Reason: The perMessageGroupId value is allowed only"
            " when the value for DeduplicationScope is messageGroup.",
        )


def _same(have: str, wanted: str) -> bool:
    """Compare two values; JSON values are equal if their content is equal."""
    if have == wanted or not wanted.startswith("{"):
        return have == wanted
    try:
        return bool(json.loads(have or "null") == json.loads(wanted))
    except ValueError:
        return False
