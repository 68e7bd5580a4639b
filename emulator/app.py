"""The emulator: everything that a template describes, running, in one task group."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from emulator import queues as sqs
from emulator import rie
from emulator.environments import Pools
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.mappings import Mappings
from emulator.function_url.server import UrlServer, url_id
from emulator.function_url.signature import KeyPair
from emulator.journal.api import JournalApi
from emulator.journal.journal import Journal, keep
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.health import Health
from emulator.lambda_api.invoke import Invoke
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.server import Api, create_api
from emulator.lambda_api.sqs_forward import SqsForward
from emulator.link import Link
from emulator.native import keep_environments, moto_server
from emulator.queues import QueueError, Queues, Server
from emulator.resources import EventSourceMapping, Function, Resources
from emulator.runtime_environment import Stack, variables
from emulator.settings import Settings
from emulator.template import Place, TemplateError, load_file

log = logging.getLogger(__name__)

Say = Callable[[str], None]

READY_S = 60.0


class EmulatorError(RuntimeError):
    """The emulator cannot start or go on; the message names the cure."""


@dataclass(slots=True)
class Emulator:
    """One template, running until `stopping` is set."""

    settings: Settings
    resources: Resources
    say: Say
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    aborting: asyncio.Event = field(default_factory=asyncio.Event)  #: stop without waiting for what is in flight
    serving: bool = False

    async def run(self) -> None:
        """Start everything, serve until told to stop, finish what is in flight, stop everything."""
        async with contextlib.AsyncExitStack() as stack:
            if not self.settings.sqs_endpoint:
                await self._check_port(self.settings.ports.sqs, "--sqs-port")
                await stack.enter_async_context(moto_server(self.settings.ports.sqs))
            server = Server(self.settings.sqs, self.settings.region, "test", "test")
            queues = await stack.enter_async_context(sqs.connect(server, self.resources.queues))
            await queues.wait_until_ready(READY_S)
            await queues.create()
            http = await stack.enter_async_context(rie.connection())
            journal = await stack.enter_async_context(keep(self.settings.journal, off=self.settings.journal_off))
            pools = Pools(self.resources.functions, journal)
            await stack.enter_async_context(self._linked(pools, http))
            await self._serve(queues, pools, journal, http)

    async def _serve(self, queues: Queues, pools: Pools, journal: Journal, http: aiohttp.ClientSession) -> None:
        health = Health(self.resources, pools, queues, lambda: self.serving)
        mappings = Mappings(self.resources.mappings, lambda mapping: self._poller(mapping, queues, pools, journal))
        configs = {config.function: config for config in self.resources.event_invokes}
        events = Asynchronous(pools, self.settings.event_retry_delays_s, configs, queues)
        public = self.settings.public_sqs or self.settings.sqs
        forward = SqsForward(http, self.settings.sqs, public, self.settings.account_id)
        api = self._api(health, mappings, events, forward, JournalApi(journal, health.depths, health.functions))
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            environments = group.create_task(self._environments())
            await stack.enter_async_context(self._http(create_api(api), self.settings.ports.api, "--api-port"))
            ready = asyncio.ensure_future(self._until_ready(health))
            stop = asyncio.ensure_future(self.stopping.wait())
            await asyncio.wait({ready, stop}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            urls = await self._serve_urls(stack, pools, journal)
            self.serving = True
            await self._report(queues)
            mappings.start(group)
            await stop
            mappings.stop()
            events.stop()
            await self._drain(urls, _all_done(mappings, events, pools))
            mappings.cancel()
            environments.cancel()

    def _api(
        self, health: Health, mappings: Mappings, events: Asynchronous, forward: SqsForward, journal: JournalApi
    ) -> Api:
        functions = {function.name: function for function in self.resources.functions}
        directory = Directory(functions, self.settings.region, self.settings.account_id)
        queues = {queue.name: queue for queue in self.resources.queues}
        invoke = Invoke(directory, health.pools, events, health.pools.output.tail)
        return Api(health, directory, invoke, MappingApi(mappings, directory, queues), forward, journal)

    async def _drain(self, urls: list[web.ServerRunner], in_flight: Coroutine[Any, Any, None]) -> None:
        """Take nothing new, and give what is in flight its time."""
        self.serving = False
        self.say("stopping: finishing what is in flight (Ctrl-C again to stop at once)")
        again = asyncio.ensure_future(self.aborting.wait())
        for runner in urls:
            for site in list(runner.sites):
                await site.stop()
        finished = asyncio.ensure_future(in_flight)
        ends: set[asyncio.Future[Any]] = {finished, again}
        await asyncio.wait(ends, timeout=self.settings.drain_s, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()

    async def _environments(self) -> None:
        if self.settings.native:
            link = f"127.0.0.1:{self.settings.ports.link}"
            await keep_environments(self.settings.native, self.resources.functions, link)

    async def _until_ready(self, health: Health) -> None:
        """Wait until every function has an environment."""
        while not all(any(e.engine for e in pool.environments) for pool in health.pools.pools.values()):
            await asyncio.sleep(0.05)

    async def _serve_urls(
        self, stack: contextlib.AsyncExitStack, pools: Pools, journal: Journal
    ) -> list[web.ServerRunner]:
        runners = []
        settings, urls = self.settings, {url_id(url): url for url in self.resources.urls}
        keys = KeyPair(settings.access_key_id, settings.secret_access_key)
        for position, url in enumerate(self.resources.urls):
            handler = UrlServer(url, urls, pools, settings.region, settings.account_id, keys, journal.note)
            port = self.settings.ports.function_url(position)
            runners.append(
                await stack.enter_async_context(self._http(web.Server(handler, access_log=None), port, "--url-port"))
            )
        return runners

    def _poller(self, mapping: EventSourceMapping, queues: Queues, pools: Pools, journal: Journal) -> Poller:
        queue = next(q for q in self.resources.queues if q.name == mapping.queue)
        function = pools.pools[mapping.function].function
        arn = f"arn:aws:sqs:{self.settings.region}:{self.settings.account_id}:{queue.name}"
        most = queue.redrive_policy.max_receive_count if queue.redrive_policy else None
        source = Source(arn, self.settings.region, queue.visibility_timeout_s, function.timeout_s, most)
        return Poller(mapping, source, queues, pools, note=journal.note)

    @contextlib.asynccontextmanager
    async def _linked(self, pools: Pools, http: object) -> AsyncIterator[None]:
        stack = Stack(self.settings.functions_sqs, self.settings.region)

        def configure(function: Function, environment: str) -> dict[str, str]:
            return variables(function, environment, stack)

        functions = {function.name: function for function in self.resources.functions}
        link = Link(pools, functions, configure, http)  # type: ignore[arg-type]
        port = self.settings.ports.link
        try:
            server = await link.serve(self.settings.host, port)
        except OSError as error:
            raise port_taken(port, "--link-port", error) from error
        try:
            yield
        finally:
            server.close()

    @contextlib.asynccontextmanager
    async def _http(self, app: web.Application | web.Server, port: int, option: str) -> AsyncIterator[web.ServerRunner]:
        runner: web.BaseRunner = (
            web.AppRunner(app, access_log=None)
            if isinstance(app, web.Application)
            else web.ServerRunner(app, access_log=None)
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self.settings.host, port, shutdown_timeout=1).start()
            yield runner  # type: ignore[misc]
        except OSError as error:
            raise port_taken(port, option, error) from error
        finally:
            await runner.cleanup()

    async def _check_port(self, port: int, option: str) -> None:
        """See that a port is free that another program will listen on, whose own error nobody would see."""
        try:
            server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
        except OSError as error:
            raise port_taken(port, option, error) from error
        server.close()
        await server.wait_closed()

    async def _report(self, queues: Queues) -> None:
        for position, url in enumerate(self.resources.urls):
            own = self.settings.ports.function_url(position)
            port = own if position else self.settings.public_url_port or own
            self.say(f"{url.function}: http://127.0.0.1:{port}/")
        for queue in self.resources.queues:
            depth = await queues.depth(queue.name)
            count = depth.visible + depth.in_flight
            left = f" ({count} messages left from before)" if count else ""
            self.say(
                f"queue: {self.settings.public_sqs or self.settings.sqs}/{self.settings.account_id}/{queue.name}{left}"
            )
        self.say(f"health: http://127.0.0.1:{self.settings.ports.api}/health")
        if self.resources.not_emulated:
            self.say(f"not emulated: {', '.join(self.resources.not_emulated)}")
        self.say("ready")


async def _all_done(mappings: Mappings, events: Asynchronous, pools: Pools) -> None:
    await mappings.drain()
    await events.drain()
    await pools.drain()


def port_taken(port: int, option: str, error: OSError) -> EmulatorError:
    """Return the error for a port that something else listens on."""
    return EmulatorError(
        f"port {port} cannot be listened on ({error.strerror}): stop what uses it, or choose another with {option}"
    )


def load(settings: Settings) -> Resources:
    """Read the settings' template; `EmulatorError` says what is wrong with it."""
    place = Place(
        queue_url=lambda name: f"{settings.functions_sqs}/{settings.account_id}/{name}",
        function_url=lambda position: f"http://127.0.0.1:{settings.ports.function_url(position)}/",
        region=settings.region,
        account_id=settings.account_id,
    )
    try:
        return load_file(settings.template, place=place, parameters=settings.parameters)
    except TemplateError as error:
        raise EmulatorError(str(error)) from error


async def run(settings: Settings, say: Say) -> None:
    """Run until SIGINT or SIGTERM; a second one stops without waiting. Raises `EmulatorError`."""
    emulator = Emulator(settings, load(settings), say)

    def interrupt() -> None:
        (emulator.aborting if emulator.stopping.is_set() else emulator.stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        await emulator.run()
    except* (EmulatorError, QueueError) as group:
        raise EmulatorError(str(group.exceptions[0])) from group
    say("stopped")
