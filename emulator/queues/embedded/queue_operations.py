"""SQS's operations on queues: create, delete, list, attributes, tags, purge."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.identifiers import FIFO_SUFFIX, is_fifo, is_queue_name
from emulator.aws.limits import LISTED_QUEUES, PURGE_PAUSE_S, QUEUE_NAME_CHARACTERS, TAGS
from emulator.queues.embedded.errors import INVALID_PARAMETER_VALUE, SqsError, invalid_value
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.move_tasks import MoveTasks
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.queue_attributes import ATTRIBUTES, REDRIVE_ALLOW, QueueAttributes
from emulator.queues.embedded.redrive import allows, check_allow_policy, check_redrive
from emulator.queues.protocol import COUNTS
from emulator.resources.queue import FIFO_QUEUE, REDRIVE

Parameters = Mapping[str, Any]

ALL, ARN = "All", "QueueArn"
CREATED, MODIFIED = "CreatedTimestamp", "LastModifiedTimestamp"
_CHARACTERS = "alphanumeric characters, hyphens, or underscores"


@dataclass(frozen=True, slots=True)
class QueueOperations:
    """The operations, named as in botocore's model. Each takes its parameters and the current time."""

    account: QueueAccount
    tasks: MoveTasks

    def CreateQueue(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Create a queue, or return the existing queue if it has these attributes."""
        name = parameters["QueueName"]
        attributes: Mapping[str, str] = parameters.get("Attributes") or {}
        fifo = attributes.get(FIFO_QUEUE, "").lower() == "true"
        _check_name(name, fifo=fifo)
        if found := self.account.queues.get(name):
            if different := found.attributes.first_difference(attributes):
                problem = f"A queue already exists with the same name and a different value for attribute {different}"
                raise SqsError("QueueNameExists", problem)
            return {"QueueUrl": self.url(name)}
        wanted = self._changed(QueueAttributes(fifo), name, attributes)
        queue = MessageQueue(name, wanted, now, now, self.account.changes)
        queue.tags.update(parameters.get("tags") or {})
        _check_tags(queue.tags)
        self.account.queues[name] = queue
        self.account.note(queue)
        return {"QueueUrl": self.url(name)}

    def DeleteQueue(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Delete a queue with its messages. Its name can be used again at once; AWS requires a wait of 60 s."""
        queue = self._queue(parameters)
        self.tasks.forget(queue.name)
        self.account.delete(queue)
        return {}

    def GetQueueUrl(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Return a queue's URL; QueueOwnerAWSAccountId is ignored."""
        return {"QueueUrl": self.url(self.account.named(parameters["QueueName"]).name)}

    def ListQueues(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Return the URLs of all queues, or of those with a name prefix, sorted by name."""
        prefix = parameters.get("QueueNamePrefix") or ""
        return self._page("QueueUrls", sorted(n for n in self.account.queues if n.startswith(prefix)), parameters)

    def ListDeadLetterSourceQueues(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Return the URLs of the queues that have this queue as their dead-letter queue."""
        sources = self.account.sources_of(self._queue(parameters))
        return {"queueUrls": [], **self._page("queueUrls", sorted(source.name for source in sources), parameters)}

    def GetQueueAttributes(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Return the requested attributes that the queue has."""
        queue, names = self._queue(parameters), parameters.get("AttributeNames") or ()
        everything = self._described(queue, now)
        known = {*everything, *ATTRIBUTES, ALL}
        for name in names:
            if name not in known:
                raise SqsError("InvalidAttributeName", f"Unknown Attribute {name}.")
        found = {name: text for name, text in everything.items() if ALL in names or name in names}
        return {"Attributes": found} if found else {}

    def SetQueueAttributes(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Set attributes of a queue; they take effect at once."""
        queue = self._queue(parameters)
        queue.attributes = self._changed(queue.attributes, queue.name, parameters["Attributes"])
        queue.modified_at = now
        self.account.note(queue)
        return {}

    def PurgeQueue(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Delete all messages of a queue; allowed once a minute."""
        queue = self._queue(parameters)
        if queue.purged_at and now < queue.purged_at + PURGE_PAUSE_S:
            problem = f"Only one PurgeQueue operation on {queue.name} is allowed every {PURGE_PAUSE_S} seconds."
            raise SqsError("PurgeQueueInProgress", problem)
        queue.purge(now)
        self.account.note(queue)
        return {}

    def TagQueue(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Add tags to a queue."""
        queue = self._queue(parameters)
        tags = {**queue.tags, **parameters["Tags"]}
        _check_tags(tags)
        queue.tags = tags
        self.account.note(queue)
        return {}

    def UntagQueue(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Remove tags from a queue."""
        queue = self._queue(parameters)
        queue.tags = {key: value for key, value in queue.tags.items() if key not in parameters["TagKeys"]}
        self.account.note(queue)
        return {}

    def ListQueueTags(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Return a queue's tags."""
        tags = self._queue(parameters).tags
        return {"Tags": dict(tags)} if tags else {}

    def url(self, name: str) -> str:
        """Return a queue's URL without scheme and host, which are added where the caller's address is known."""
        return f"/{self.account.arns.account_id}/{name}"

    def _queue(self, parameters: Parameters) -> MessageQueue:
        return self.account.queue(parameters["QueueUrl"])

    def _described(self, queue: MessageQueue, now: float) -> dict[str, str]:
        counts = queue.counts(now)
        numbers = zip(COUNTS, (counts.visible, counts.in_flight, counts.delayed), strict=True)
        return {
            **queue.attributes.all(),
            **{name: str(number) for name, number in numbers},
            CREATED: str(int(queue.created_at)),
            MODIFIED: str(int(queue.modified_at)),
            ARN: self.account.arn(queue),
        }

    def _changed(self, attributes: QueueAttributes, name: str, wanted: Mapping[str, str]) -> QueueAttributes:
        """Return the attributes with new values, after a check of the queues that their policies name."""
        changed = attributes.changed(wanted)
        if text := wanted.get(REDRIVE):
            self._check_target(text, name)
        if text := wanted.get(REDRIVE_ALLOW):
            check_allow_policy(text)
        return changed

    def _check_target(self, text: str, name: str) -> None:
        target = self.account.queues.get(check_redrive(text))
        if target is None:
            reason = "Dead letter target does not exist."
        elif target.name == name:
            reason = "Dead letter target is the queue itself."
        elif target.fifo != is_fifo(name):
            reason = "Dead-letter queue must be same type of queue as the source."
        elif not allows(target.attributes, self.account.arns.queue(name)):
            reason = f"The redrive allow policy of {target.name} does not let this queue use it."
        else:
            return
        raise invalid_value(REDRIVE, text, reason)

    def _page(self, member: str, names: Sequence[str], parameters: Parameters) -> dict[str, Any]:
        """Return a page of queue URLs; the token is the last name on the previous page."""
        most = parameters.get("MaxResults")
        limit = LISTED_QUEUES if most is None else most
        if not 1 <= limit <= LISTED_QUEUES:
            raise invalid_value("MaxResults", limit, f"Must be between 1 and {LISTED_QUEUES}, if provided.")
        after = _read_token(parameters.get("NextToken") or "")
        left = [name for name in names if name > after]
        page = left[:limit]
        answer: dict[str, Any] = {member: [self.url(name) for name in page]} if page else {}
        if most is not None and len(left) > limit:
            answer["NextToken"] = base64.b64encode(page[-1].encode()).decode()
        return answer


def _check_name(name: str, *, fifo: bool) -> None:
    if is_queue_name(name) and is_fifo(name) == fifo:
        return
    if fifo:
        problem = (
            f"The name of a FIFO queue can only include {_CHARACTERS}, must end with {FIFO_SUFFIX} suffix and be 1 to"
            f" {QUEUE_NAME_CHARACTERS} in length."
        )
    else:
        problem = f"Can only include {_CHARACTERS}. 1 to {QUEUE_NAME_CHARACTERS} in length"
    raise SqsError(INVALID_PARAMETER_VALUE, problem)


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS:
        raise SqsError(INVALID_PARAMETER_VALUE, f"Too many tags added for queue: at most {TAGS} are allowed.")


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), validate=True).decode()
    except (ValueError, binascii.Error):
        raise SqsError(INVALID_PARAMETER_VALUE, "Invalid or expired next token.") from None
