"""The servers of queues that the suite runs on, each behind the emulator's queue port as its users reach it."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import boto3
from aiohttp import web
from botocore.config import Config

from emulator.endpoints.queue_port import create_queue_port
from emulator.free_ports import free_ports
from emulator.queues.forward import forwarding
from emulator.queues.queue_service import SqsCalls
from emulator.queues.sqs_json import Server
from facepipe.elasticmq import elasticmq
from tests.queues.embedded_server import embedded_calls

REGION, ACCOUNT = "us-east-1", "000000000000"


@dataclass(frozen=True)
class QueueServer:
    """A server, and boto3's client of it."""

    kind: str
    endpoint: str

    def client(self, region: str = REGION) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": region}
        config = Config(retries={"total_max_attempts": 1}, read_timeout=120)
        return boto3.client("sqs", endpoint_url=self.endpoint, config=config, **keys)


def name(suffix: str = "") -> str:
    """A name that no other test uses."""
    return f"q-{uuid.uuid4().hex[:12]}{suffix}"


@contextlib.contextmanager
def embedded() -> Iterator[QueueServer]:
    with _port(embedded_calls) as endpoint:
        yield QueueServer("embedded", endpoint)


@contextlib.contextmanager
def behind_elasticmq() -> Iterator[QueueServer]:
    with elasticmq(free_ports().sqs) as server:

        @contextlib.asynccontextmanager
        async def calls() -> AsyncIterator[SqsCalls]:
            async with forwarding(Server(server, REGION), ACCOUNT) as forward:
                yield forward

        with _port(calls) as endpoint:
            yield QueueServer("elasticmq", endpoint)


@contextlib.contextmanager
def _port(calls: Callable[[], AbstractAsyncContextManager[SqsCalls]]) -> Iterator[str]:
    """Run the queue port in a thread of its own for as long as the block lasts."""
    port, loop, started, stop = free_ports().sqs, asyncio.new_event_loop(), Future[None](), asyncio.Event()

    async def serve() -> None:
        async with calls() as sqs:
            app = create_queue_port(sqs, port)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            started.set_result(None)
            await stop.wait()
            await runner.cleanup()

    with ThreadPoolExecutor(1) as thread:
        served = thread.submit(loop.run_until_complete, serve())
        wait((started, served), return_when=FIRST_COMPLETED)
        try:
            if served.done():
                served.result()
            yield f"http://127.0.0.1:{port}"
        finally:
            if not served.done():
                loop.call_soon_threadsafe(stop.set)
            served.result()
            loop.close()
