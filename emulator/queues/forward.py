"""Forwards SQS calls from the emulator's ports to the queue server, and returns its answers."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web

from emulator.events import Emit
from emulator.queues.call import Call
from emulator.queues.form import FORM
from emulator.queues.protocol import QueueError
from emulator.queues.sent_messages import sent_in
from emulator.queues.sqs_json import CONTENT_TYPE, Server, SqsJson, connection, unsigned
from emulator.request_bodies import as_body

log = logging.getLogger(__name__)

TARGET = "x-amz-target"
#: the rest is the connection's own
FORWARDED_HEADERS = ("content-type", TARGET, "x-amzn-query-mode", "authorization", "x-amz-date", "x-amzn-trace-id")
RETURNED_HEADERS = ("content-type", "x-amzn-requestid", "x-amzn-query-error")
TIMEOUT = aiohttp.ClientTimeout(total=40)  #: longer than the longest poll
DRAIN_S = 3.0  #: how long a stop waits for the end of abandoned polls


@dataclass(frozen=True, slots=True)
class Answer:
    """A queue server's answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@contextlib.asynccontextmanager
async def forwarding(server: Server, account_id: str, emit: Emit | None = None) -> AsyncIterator["SqsForward"]:
    """Yield the forwarder of calls to a queue server. It opens as many connections as its callers have."""
    async with connection(limit=0) as http:
        forward = SqsForward(http, server, account_id, emit)
        try:
            yield forward
        finally:
            await forward.drain()


@dataclass(slots=True)
class SqsForward:
    """Forwards calls in both SQS protocols; changes only the queue's URL and the length of polls.

    A caller may name a queue by its bare name, or by a URL of any host and account. A long poll is forwarded as polls
    of one second each, because a queue server does not notice that a caller has disconnected. Messages that a poll
    receives after that are made visible again.
    """

    http: aiohttp.ClientSession
    server: Server
    account_id: str
    emit: Emit | None = None  #: called with sent messages
    _returning: set[asyncio.Task[None]] = field(default_factory=set)

    async def __call__(self, request: web.Request, body: bytes, *, public: str = "") -> web.Response:
        """Forward one call; return its answer. Queue URLs begin with `public`, or with the address the caller used."""
        base = public or f"http://{request.host}"
        sent = {name: request.headers.get(name, "") for name in FORWARDED_HEADERS}
        headers = {name: value for name, value in sent.items() if value and value.isascii()}
        headers.setdefault("authorization", unsigned(self.server.region))
        headers["host"] = base.partition("//")[2]
        call = Call(request.headers.get(TARGET, ""), body)
        if not call.target:
            headers["content-type"] = FORM
            call = Call("", body or request.rel_url.raw_query_string.encode())
        queue = call.queue_url() or ("" if call.target else request.path.strip("/"))
        if queue and queue != (url := f"{base}/{self.account_id}/{queue.rstrip('/').rpartition('/')[2]}"):
            call = call.with_queue_url(url)
        answer = await (self._receive(call, headers) if call.receives else self._pass_on(call, headers))
        if self.emit and call.sends and answer.status == 200:
            for message in sent_in(call, answer.body, headers.get("x-amzn-trace-id", "")):
                self.emit(message)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def drain(self) -> None:
        """Wait until the messages of abandoned polls are visible again."""
        if self._returning:
            await asyncio.wait(set(self._returning), timeout=DRAIN_S)

    async def _receive(self, call: Call, headers: Mapping[str, str]) -> Answer:
        """Poll until messages come, the caller's waiting time is over, or the caller disconnects."""
        polls = call.polls()
        for short in polls[:-1]:
            answer = await self._poll(short, headers)
            if answer.status >= 400 or short.handles_in(answer.body):
                return answer
        return await self._poll(polls[-1], headers)

    async def _poll(self, call: Call, headers: Mapping[str, str]) -> Answer:
        poll = asyncio.ensure_future(self._pass_on(call, headers))
        try:
            return await asyncio.shield(poll)
        except asyncio.CancelledError:
            self._track(self._give_back(call, poll))
            raise

    def _track(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _give_back(self, call: Call, poll: asyncio.Future[Answer]) -> None:
        """Make the messages of a poll visible again if its caller has disconnected."""
        handles = call.handles_in((await poll).body)
        if handles:
            entries = [
                {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": 0} for n, handle in enumerate(handles)
            ]
            sqs = SqsJson(self.http, self.server)
            try:
                await sqs.call("ChangeMessageVisibilityBatch", QueueUrl=call.queue_url(), Entries=entries)
            except QueueError as error:
                log.warning("%d messages of an abandoned poll stay hidden until their timeout: %s", len(handles), error)

    async def _pass_on(self, call: Call, headers: Mapping[str, str]) -> Answer:
        url = f"{self.server.endpoint}/"
        try:
            async with self.http.post(url, data=as_body(call.body), headers=headers, timeout=TIMEOUT) as answer:
                returned = {name: answer.headers[name] for name in RETURNED_HEADERS if name in answer.headers}
                return Answer(answer.status, returned, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            return _unavailable(call, f"the queue server at {url} does not answer ({error or type(error).__name__})")


def _unavailable(call: Call, message: str) -> Answer:
    if call.target:
        body = json.dumps({"__type": "ServiceUnavailable", "message": message})
        return Answer(503, {"content-type": CONTENT_TYPE}, body.encode())
    error = f"<Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>{escape(message)}</Message></Error>"
    return Answer(503, {"content-type": "text/xml"}, f"<ErrorResponse>{error}</ErrorResponse>".encode())
