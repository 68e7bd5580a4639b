"""The messages of the emulator's own queues, on port 9001: seen without being received, deleted, and sent back."""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.inspection import SeenMessage
from emulator.queues.embedded.service import EmbeddedSqs

MESSAGES = 20  #: the number of messages in an answer without `limit`
MOST_MESSAGES = 1_000  #: the most messages in one answer
MOST_BYTES = 16 << 20  #: of messages in one answer: 1,000 of the largest would be 1 GB
AT_ONCE = 100  #: replays that are stored together

Handler = Callable[[web.Request], Awaitable[web.Response]]


class PageError(ValueError):
    """The request cannot be answered; the message says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class MessagePages:
    """Shows messages, deletes single ones, and sends dead letters back."""

    sqs: EmbeddedSqs | None  #: None if another server has the queues: it shows messages only to receivers

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/queues", _answered(self.get_queues))
        app.router.add_get("/queues/{queue}/messages", _answered(self.get_messages))
        app.router.add_delete("/queues/{queue}/messages/{id}", _answered(self.delete_message))
        app.router.add_post("/queues/{queue}/messages/{id}/replay", _answered(self.post_replay))
        app.router.add_post("/queues/{queue}/replay", _answered(self.post_replay_of_all))

    async def get_queues(self, _request: web.Request) -> web.Response:
        """`GET /queues`: the age of each queue's oldest message in seconds; null if the queue is empty."""
        now, oldest = time.time(), {}
        for name in self._own.account.queues:
            messages = await self._own.peek(name, 1)
            oldest[name] = max(now - messages[0].sent_at, 0.0) if messages else None
        return _json({"oldest_s": oldest})

    async def get_messages(self, request: web.Request) -> web.Response:
        """`GET /queues/NAME/messages?limit=N`: the oldest messages, up to 16 MB of them, and how many there are."""
        limit = _limit(request.query.get("limit", str(MESSAGES)))
        queue = request.match_info["queue"]
        messages = [_described(message) for message in _fitting(await self._own.peek(queue, limit))]
        return _json({"queue": queue, "now": time.time(), "count": await self._own.count(queue), "messages": messages})

    async def delete_message(self, request: web.Request) -> web.Response:
        """`DELETE /queues/NAME/messages/ID`: delete a message, even if a consumer has received it."""
        await self._own.delete(request.match_info["queue"], request.match_info["id"])
        return _json({})

    async def post_replay(self, request: web.Request) -> web.Response:
        """`POST /queues/NAME/messages/ID/replay`: send a dead letter back to the queue that it came from."""
        target = await self._own.replay(request.match_info["queue"], request.match_info["id"])
        return _json({"moved": {target: 1}})

    async def post_replay_of_all(self, request: web.Request) -> web.Response:
        """`POST /queues/NAME/replay`: send all messages of a dead-letter queue back.

        The answer counts the replayed messages by their target queue, and the remaining messages by the reason.
        """
        sqs, queue = self._own, request.match_info["queue"]
        moved, stayed = Counter[str](), Counter[str]()
        messages = await sqs.peek(queue)
        for start in range(0, len(messages), AT_ONCE):
            part = [sqs.replay(queue, message.id) for message in messages[start : start + AT_ONCE]]
            for outcome in await asyncio.gather(*part, return_exceptions=True):
                if isinstance(outcome, str):
                    moved[outcome] += 1
                else:
                    stayed[str(getattr(outcome, "message", outcome))] += 1
        return _json({"moved": dict(moved), "stayed": dict(stayed)})

    @property
    def _own(self) -> EmbeddedSqs:
        if self.sqs is None:
            raise PageError(501, "the queues are another server's, which shows messages only to those who receive them")
        return self.sqs


def _answered(handler: Handler) -> Handler:
    """Turn a refusal into an error answer of one sentence."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except PageError as error:
            return _json({"error": str(error)}, status=error.status)
        except SqsError as error:
            status = 404 if error.code == "QueueDoesNotExist" else 400 if error.sender_fault else 500
            queue = f"{request.match_info['queue']}: " if status == 404 else ""
            return _json({"error": f"{queue}{error.message}"}, status=status)

    return handle


def _fitting(messages: Sequence[SeenMessage]) -> Sequence[SeenMessage]:
    """Return the first messages that fit into one answer; one always does."""
    left = MOST_BYTES
    for place, message in enumerate(messages):
        left -= message.size_bytes
        if left < 0 and place:
            return messages[:place]
    return messages


def _described(message: SeenMessage) -> Mapping[str, Any]:
    attributes = {name: _with_text(attribute) for name, attribute in message.attributes.items()}
    return {**asdict(message), "attributes": attributes, "system_attributes": dict(message.system_attributes)}


def _with_text(attribute: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message's own attribute with bytes in base64."""
    if "BinaryValue" not in attribute:
        return dict(attribute)
    return {**attribute, "BinaryValue": base64.b64encode(attribute["BinaryValue"]).decode()}


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= MOST_MESSAGES):
        raise PageError(400, f"limit is {text!r}: give a number from 1 to {MOST_MESSAGES}")
    return int(text)


def _json(content: Mapping[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(content), content_type="application/json")
