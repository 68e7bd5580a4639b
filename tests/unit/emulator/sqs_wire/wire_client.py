"""SQS's endpoint over HTTP in front of a service that keeps what it is called with, and answers as it was told to."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp.test_utils import TestServer

from emulator.endpoints.queue_port import create_queue_port
from emulator.queues.wire.answering import EmbeddedAnswers
from emulator.queues.wire.sqs_operations import load_sqs_operations

OPERATIONS = load_sqs_operations()


@dataclass
class Recorder:
    """What a test says that SQS answers: a result, or an error that is raised."""

    result: dict[str, Any] | Exception = field(default_factory=dict)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Caller:
    """A program that speaks to the port."""

    http: aiohttp.ClientSession
    url: str
    service: Recorder

    async def json(self, operation: str, content: Any, **headers: str) -> Reply:
        sent = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0", **headers}
        return await self.send("POST", "/", content if isinstance(content, bytes) else json.dumps(content), sent)

    async def form(self, path: str = "/", **fields: str) -> Reply:
        return await self.send("POST", path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})

    async def send(self, method: str, path: str, data: str | bytes = "", headers: Mapping[str, str] = {}) -> Reply:
        async with self.http.request(method, self.url + path, data=data, headers=headers) as answer:
            return Reply(answer.status, answer.headers, await answer.text())


def with_caller(act: Callable[[Caller], Awaitable[Any]], result: dict[str, Any] | Exception | None = None) -> Any:
    """Run `act` with a port whose service answers with `result`."""

    async def run() -> Any:
        service = Recorder({} if result is None else result)
        app = create_queue_port(EmbeddedAnswers(service, OPERATIONS), 9324)
        async with TestServer(app) as server, aiohttp.ClientSession() as http:
            return await act(Caller(http, f"http://127.0.0.1:{server.port}", service))

    return asyncio.run(run())
