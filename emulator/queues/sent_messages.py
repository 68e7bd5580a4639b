"""The messages of a SendMessage or SendMessageBatch call that SQS took, for those who want to know."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from emulator.events import MessageSent
from emulator.json_text import read_json
from emulator.queues.call import Call

ENTRIES, SYSTEM, TRACE = "Entries", "MessageSystemAttributes", "AWSTraceHeader"


def sent_messages(parameters: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[MessageSent]:
    """Yield the messages that were taken, by the call's parameters and its result."""
    queue = str(parameters.get("QueueUrl", "")).rstrip("/").rpartition("/")[2]
    if ENTRIES not in parameters:
        if "MessageId" in result:
            yield _sent(queue, parameters, str(result["MessageId"]))
        return
    taken = {entry["Id"]: str(entry["MessageId"]) for entry in result.get("Successful", ())}
    for entry in parameters[ENTRIES]:
        if entry.get("Id") in taken:
            yield _sent(queue, entry, taken[entry["Id"]])


def sent_in(call: Call, answer: bytes, header: str) -> Iterator[MessageSent]:
    """Yield the messages of a call in the JSON protocol that a queue server has answered; `header` is the call's."""
    try:
        parameters, result = read_json(call.body), read_json(answer)
        for sent in sent_messages(parameters, result):
            yield sent if sent.trace_header else replace(sent, trace_header=header)
    except (ValueError, TypeError, KeyError, AttributeError):  # the server has taken it: it is its matter
        return


def _sent(queue: str, message: Mapping[str, Any], message_id: str) -> MessageSent:
    attributes = {
        name: str(value["StringValue"])
        for name, value in (message.get("MessageAttributes") or {}).items()
        if value.get("StringValue") is not None
    }
    header = (message.get(SYSTEM) or {}).get(TRACE, {}).get("StringValue", "")
    return MessageSent(queue, message_id, str(header), str(message.get("MessageBody", "")), attributes)
