"""The emulator: everything that a template describes, running, in one task group."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from emulator import rie
from emulator.aws.arns import Arns
from emulator.endpoints.functions import create_functions_endpoint
from emulator.endpoints.queue_port import create_queue_port
from emulator.endpoints.services import Services
from emulator.engines import Engines
from emulator.environments import Pools
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.mappings import Mappings
from emulator.function_url.server import UrlServer, url_id
from emulator.function_url.signature import KeyPair
from emulator.function_url.throttle import RequestRates
from emulator.journal.api import JournalApi
from emulator.journal.journal import Journal, keep
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.configuration import FunctionChanges
from emulator.lambda_api.event_invoke import EventInvokeApi
from emulator.lambda_api.functions import FunctionApi
from emulator.lambda_api.health import Health, queues_in_use
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.server import Api, create_api
from emulator.lambda_api.service_model import load_service_model
from emulator.lambda_api.urls import UrlApi
from emulator.link import Link
from emulator.listening import Port, PortError, serve, serve_app
from emulator.native import keep_environments, moto_server
from emulator.queues import QueueError, Queues
from emulator.queues.forward import SqsForward, forwarding
from emulator.queues.of_template import connect
from emulator.queues.sqs_json import Server
from emulator.resources import EventSourceMapping, Function, Queue, Resources
from emulator.resources.function import MADE_WITH
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
    functions: dict[str, Function] = field(init=False)  #: as they are now: the API changes them

    def __post_init__(self) -> None:
        self.functions = {function.name: function for function in self.resources.functions}

    async def run(self) -> None:
        """Start everything, serve until told to stop, finish what is in flight, stop everything."""
        async with contextlib.AsyncExitStack() as stack:
            endpoint = self.settings.sqs_endpoint
            if not endpoint:
                endpoint = await stack.enter_async_context(moto_server(self.settings.account_id))
            server = Server(endpoint, self.settings.region)
            forward = await stack.enter_async_context(forwarding(server, self.settings.account_id))
            number = self.settings.ports.sqs
            port = Port(self.settings.host, number, "--sqs-port")
            await stack.enter_async_context(serve_app(create_queue_port(forward, number), port))
            queues = await stack.enter_async_context(connect(server, self.resources.queues))
            await queues.wait_until_ready(READY_S)
            await queues.create()
            journal = await stack.enter_async_context(keep(self.settings.journal, off=self.settings.journal_off))
            pools = Pools(self.resources.functions, journal)
            await self._serve(queues, pools, journal, forward)

    async def _serve(self, queues: Queues, pools: Pools, journal: Journal, forward: SqsForward) -> None:
        mappings = Mappings(self.resources.mappings, lambda mapping: self._poller(mapping, queues, pools, journal))
        configs = {config.function: config for config in self.resources.event_invokes}
        used = partial(queues_in_use, mappings, configs)
        health = Health(self.resources, pools, queues, lambda: self.serving, used)
        events = Asynchronous(pools, self.settings.event_retry_delays_s, configs, queues)
        directory = Directory(self.functions, self.settings.region, self.settings.account_id)
        fixed = () if self.settings.native else MADE_WITH
        operations = [
            InvokeApi(directory, pools, events, pools.output.tail, lambda: self.serving),
            FunctionApi(directory, FunctionChanges(self.functions, pools, mappings, fixed)),
            MappingApi(mappings, directory, queues),
            EventInvokeApi(configs, directory, queues),
            UrlApi({self._address(place): url for place, url in enumerate(self.resources.urls)}, directory),
        ]
        pages = [JournalApi(journal, health.depths, health.functions)]
        served = f"port {self.settings.ports.api} serves lambda and sqs"
        services = Services(forward, served, public_sqs=self.settings.queue_port)
        api = Api(health, Operations(operations, load_service_model()), services, pages)
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            settings, ports = self.settings, self.settings.ports
            functions = create_functions_endpoint(api, f"port {ports.api}")
            port = Port(settings.functions_host, ports.functions, "--functions-port")
            await stack.enter_async_context(serve_app(functions, port))
            await stack.enter_async_context(serve_app(create_api(api), Port(settings.host, ports.api, "--api-port")))
            await stack.enter_async_context(self._linked(pools))
            environments = group.create_task(self._environments())
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
        rates = RequestRates(self.functions)
        for position, url in enumerate(self.resources.urls):
            handler = UrlServer(url, urls, pools, settings.region, settings.account_id, keys, rates, journal.note)
            runner = web.ServerRunner(web.Server(handler, access_log=None))
            port = Port(settings.host, settings.ports.function_url(position), "--url-port")
            await stack.enter_async_context(serve(runner, port))
            runners.append(runner)
        return runners

    def _poller(self, mapping: EventSourceMapping, queues: Queues, pools: Pools, journal: Journal) -> Poller:
        arn = Arns(self.settings.region, self.settings.account_id).queue(mapping.queue)
        unseen = Queue("", mapping.queue, {})  # the poller looks at the queue before it polls
        timeout_s = self.functions[mapping.function].timeout_s
        source = Source(arn, self.settings.region, unseen.visibility_timeout_s, timeout_s)
        return Poller(mapping, source, queues, pools, note=journal.note)

    @contextlib.asynccontextmanager
    async def _linked(self, pools: Pools) -> AsyncIterator[None]:
        stack = Stack(self.settings.functions_endpoint, self.settings.region)

        def configure(function: Function, environment: str) -> dict[str, str]:
            return variables(function, environment, stack)

        directory = Directory(self.functions, self.settings.region, self.settings.account_id)
        port = Port(self.settings.host, self.settings.ports.link, "--link-port")
        async with rie.connection() as http:
            link = Link(pools, self.functions, configure, Engines(self.settings.engine, http, directory.arn))
            try:
                server = await link.serve(port.host, port.number)
            except OSError as error:
                raise port.taken(error) from error
            try:
                yield
            finally:
                server.close()

    def _address(self, position: int) -> str:
        """Return where a function URL is reached from outside."""
        own = self.settings.ports.function_url(position)
        return f"http://127.0.0.1:{own if position else self.settings.public_url_port or own}/"

    async def _report(self, queues: Queues) -> None:
        for position, url in enumerate(self.resources.urls):
            closed = (
                f" (403 for everyone: nobody is granted {' and '.join(url.not_granted)})" if url.not_granted else ""
            )
            self.say(f"{url.function}: {self._address(position)}{closed}")
        for queue in self.resources.queues:
            depth = await queues.depth(queue.name)
            count = depth.visible + depth.in_flight
            left = f" ({count} messages left from before)" if count else ""
            self.say(f"queue: {self.settings.queue_port}/{self.settings.account_id}/{queue.name}{left}")
        self.say(f"health: http://127.0.0.1:{self.settings.ports.api}/health")
        if self.resources.not_emulated:
            self.say(f"not emulated: {', '.join(self.resources.not_emulated)}")
        self.say("ready")


async def _all_done(mappings: Mappings, events: Asynchronous, pools: Pools) -> None:
    await mappings.drain()
    await events.drain()
    await pools.drain()


def load(settings: Settings) -> Resources:
    """Read the settings' template; `EmulatorError` says what is wrong with it."""
    try:
        return load_file(settings.template, place=place(settings), parameters=settings.parameters)
    except TemplateError as error:
        raise EmulatorError(str(error)) from error


def place(settings: Settings) -> Place:
    """Return where a template's references lead to under these settings."""
    return Place(
        queue_url=lambda name: f"{settings.functions_endpoint}/{settings.account_id}/{name}",
        function_url=lambda position: f"http://127.0.0.1:{settings.ports.function_url(position)}/",
        region=settings.region,
        account_id=settings.account_id,
    )


async def run(settings: Settings, say: Say) -> None:
    """Run until SIGINT or SIGTERM; a second one stops without waiting. Raises `EmulatorError`."""
    emulator = Emulator(settings, load(settings), say)

    def interrupt() -> None:
        (emulator.aborting if emulator.stopping.is_set() else emulator.stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        await emulator.run()
    except* (EmulatorError, PortError, QueueError) as group:
        raise EmulatorError(str(group.exceptions[0])) from group
    say("stopped")
