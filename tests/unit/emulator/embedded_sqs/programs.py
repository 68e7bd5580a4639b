"""Random programs of SQS calls, for the queue and its pure model alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

ARN = "arn:aws:sqs:us-east-1:000000000000:"
QUEUES = ("q", "dead", "q.fifo", "dead.fifo")
SETUP: tuple[tuple[str, dict[str, str]], ...] = (
    ("dead", {}),
    ("dead.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"}),
    (
        "q",
        {"VisibilityTimeout": "20", "RedrivePolicy": f'{{"deadLetterTargetArn": "{ARN}dead", "maxReceiveCount": 2}}'},
    ),
    (
        "q.fifo",
        {
            "FifoQueue": "true",
            "ContentBasedDeduplication": "true",
            "RedrivePolicy": f'{{"deadLetterTargetArn": "{ARN}dead.fifo", "maxReceiveCount": 3}}',
        },
    ),
)

Call = tuple[str, Mapping[str, Any]]

#: one step: what is done, and three small numbers that say to what and how
STEPS = st.tuples(
    st.sampled_from(
        [
            "send",
            "send",
            "send batch",
            "receive",
            "receive",
            "delete",
            "delete batch",
            "hide",
            "hide batch",
            "purge",
            "tag",
            "untag",
            "set",
            "remake",
            "start",
            "cancel",
            "list",
            "allow",
            "forbid",
            "ask",
            "again",
        ]
    ),
    st.integers(0, 3),
    st.integers(0, 9),
    st.integers(0, 9),
)
#: seconds that pass before a step
PAUSES = st.sampled_from([0.0, 0.0, 0.0, 1.0, 5.0, 25.0, 61.0, 301.0])


@dataclass
class Known:
    """What a program has learned from answers."""

    handles: dict[str, list[str]] = field(default_factory=dict)  #: by queue, the latest last
    tasks: list[str] = field(default_factory=list)

    def learn(self, call: Call, answer: Any) -> None:
        """Take what an answer tells."""
        if call[0] == "ReceiveMessage":
            found = self.handles.setdefault(call[1]["QueueUrl"], [])
            found += [message["ReceiptHandle"] for message in answer.get("Messages", [])]
        if call[0] == "StartMessageMoveTask" and "TaskHandle" in answer:
            self.tasks.append(answer["TaskHandle"])

    def handle(self, queue: str, back: int) -> str:
        """Return one of the latest handles; one of no message when there is none."""
        found = self.handles.get(queue, [])
        return found[-1 - back % len(found)] if found else "none"


def calls(step: tuple[str, int, int, int], known: Known) -> Sequence[Call]:
    """Return the calls of a step."""
    what, which, a, b = step
    queue = QUEUES[which]
    url = {"QueueUrl": queue}
    group = {"MessageGroupId": f"g{a % 3}"} if queue.endswith(".fifo") or a > 5 else {}
    handles = [known.handle(queue, back) for back in range(a % 3 + 1)]
    made: dict[str, list[Call]] = {
        "send": [("SendMessage", {**url, "MessageBody": f"{a}{b}", **group})],
        "send batch": [
            ("SendMessageBatch", {**url, "Entries": [{"Id": str(n), "MessageBody": f"{n}{b}", **group} for n in range(a + 1)]})
        ],
        "receive": [("ReceiveMessage", {**url, "MaxNumberOfMessages": a + 1, **({"VisibilityTimeout": b} if b < 5 else {})})],
        "delete": [("DeleteMessage", {**url, "ReceiptHandle": handles[0]})],
        "delete batch": [
            ("DeleteMessageBatch", {**url, "Entries": [{"Id": str(n), "ReceiptHandle": one} for n, one in enumerate(handles)]})
        ],
        "hide": [("ChangeMessageVisibility", {**url, "ReceiptHandle": handles[0], "VisibilityTimeout": b * 3})],
        "hide batch": [
            (
                "ChangeMessageVisibilityBatch",
                {**url, "Entries": [{"Id": str(n), "ReceiptHandle": one, "VisibilityTimeout": b} for n, one in enumerate(handles)]},
            )
        ],
        "purge": [("PurgeQueue", url)],
        "tag": [("TagQueue", {**url, "Tags": {f"tag{a}": str(b)}})],
        "untag": [("UntagQueue", {**url, "TagKeys": [f"tag{a}"]})],
        "set": [("SetQueueAttributes", {**url, "Attributes": {"DelaySeconds": str(a % 3), "VisibilityTimeout": str(b * 5)}})],
        "remake": [
            ("DeleteQueue", url),
            ("CreateQueue", {"QueueName": queue, "Attributes": dict(SETUP)[queue]}),
        ],
        "start": [("StartMessageMoveTask", {"SourceArn": ARN + queue, **({"MaxNumberOfMessagesPerSecond": a} if a else {})})],
        "cancel": [("CancelMessageMoveTask", {"TaskHandle": known.tasks[-1] if known.tasks else "none"})],
        "list": [("ListMessageMoveTasks", {"SourceArn": ARN + queue, "MaxResults": 10})],
        "allow": [("AddPermission", {**url, "Label": f"label{a}", "AWSAccountIds": ["123456789012"], "Actions": ["*"]})],
        "forbid": [("RemovePermission", {**url, "Label": f"label{a}"})],
        "ask": [("GetQueueAttributes", {**url, "AttributeNames": ["All"]})],
        "again": [("CreateQueue", {"QueueName": queue, "Attributes": dict(SETUP)[queue]})],
    }  # fmt: skip
    return made[what]
