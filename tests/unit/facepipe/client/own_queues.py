"""The emulator's own queues, their pages and a journal on one port of a thread: what `facepipe queues` talks to."""

import asyncio
import contextlib
import functools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulator.aws.arns import Arns
from emulator.journal.entries import Entry
from emulator.journal.journal import Journal, keep
from emulator.journal.routes import JournalApi
from emulator.queues.embedded.opening import open_queues
from emulator.queues.message_pages import MessagePages
from emulator.queues.wire.answering import EmbeddedAnswers
from emulator.queues.wire.sqs_operations import load_sqs_operations
from facepipe.client.endpoints import Endpoints, sqs_client


@dataclass(frozen=True)
class OwnQueues:
    """Where they are."""

    url: str
    journal: Journal
    loop: asyncio.AbstractEventLoop

    @functools.cached_property
    def sqs(self) -> Any:
        return sqs_client(Endpoints(sqs=self.url))

    def note(self, entry: Entry) -> None:
        async def note() -> None:
            self.journal.note(entry)

        asyncio.run_coroutine_threadsafe(note(), self.loop).result()


@contextlib.contextmanager
def own_queues() -> Iterator[OwnQueues]:
    """Serve them for as long as the block lasts."""
    loop, started, stop = asyncio.new_event_loop(), Future[OwnQueues](), asyncio.Event()

    async def nothing() -> dict[str, dict[str, int]]:
        return {}

    async def serve() -> None:
        async with open_queues(None, Arns()) as sqs, keep(None) as journal:
            app, answers = web.Application(), EmbeddedAnswers(sqs, load_sqs_operations())

            async def answer(request: web.Request) -> web.Response:
                return await answers(request, await request.read())

            MessagePages(sqs).add_to(app)
            JournalApi(journal, nothing, dict).add_to(app)
            app.router.add_route("*", "/{path:.*}", answer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            started.set_result(OwnQueues(f"http://127.0.0.1:{port}", journal, loop))
            await stop.wait()
            await runner.cleanup()

    with ThreadPoolExecutor(1) as thread:
        served = thread.submit(loop.run_until_complete, serve())
        served.add_done_callback(lambda done: started.set_exception(done.exception()) if not started.done() else None)
        try:
            yield started.result(30)
        finally:
            if not served.done():
                loop.call_soon_threadsafe(stop.set)
            served.result()
            loop.close()
