"""The emulator: everything that a template describes, running, in one task group."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from emulator import rie
from emulator.announcement import Say, address_of, announce
from emulator.aws.arns import Arns
from emulator.endpoints.functions import create_functions_endpoint
from emulator.endpoints.queue_port import create_queue_port
from emulator.endpoints.services import Services
from emulator.engines import Engines
from emulator.environments.pools import Pools
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.mappings import Mappings
from emulator.function_url.server import UrlServer, url_id
from emulator.function_url.signature import KeyPair
from emulator.function_url.throttle import RequestRates
from emulator.journal.journal import keep
from emulator.journal.observer import Observer
from emulator.journal.routes import JournalApi
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.configuration import FunctionChanges
from emulator.lambda_api.event_invoke_configs import EventInvokeApi
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
from emulator.loading import EmulatorError, load
from emulator.native import Processes, moto_server
from emulator.queues import QueueError, Queues
from emulator.queues.forward import SqsForward, forwarding
from emulator.queues.of_template import connect
from emulator.queues.sqs_json import Server
from emulator.resources import EventSourceMapping, Function, Queue, Resources
from emulator.resources.function import MADE_WITH
from emulator.runtime_environment import Stack, variables
from emulator.settings import Settings

log = logging.getLogger(__name__)

READY_S = 60.0


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
            observer = Observer(journal, self.functions)
            starter = self._starter()
            pools = Pools(self.resources.functions, observer, starter=starter)
            if starter:
                stack.push_async_callback(starter.close)
            await self._serve(queues, pools, observer, forward)

    async def _serve(self, queues: Queues, pools: Pools, observer: Observer, forward: SqsForward) -> None:
        mappings = Mappings(self.resources.mappings, lambda mapping: self._poller(mapping, queues, pools, observer))
        configs = {config.function: config for config in self.resources.event_invokes}
        used = partial(queues_in_use, mappings, configs)
        health = Health(self.resources, pools, queues, lambda: self.serving, used)
        events = Asynchronous(pools, self.settings.event_retry_delays_s, configs, queues)
        directory = Directory(self.functions, self.settings.region, self.settings.account_id)
        fixed = () if self.settings.native else MADE_WITH
        operations = [
            InvokeApi(directory, pools, events, observer.output.tail, lambda: self.serving),
            FunctionApi(directory, FunctionChanges(self.functions, pools, mappings, fixed)),
            MappingApi(mappings, directory, queues),
            EventInvokeApi(configs, directory, queues),
            UrlApi({address_of(self.settings, place): url for place, url in enumerate(self.resources.urls)}, directory),
        ]
        pages = [JournalApi(observer.journal, health.depths, health.functions)]
        served = f"port {self.settings.ports.api} serves lambda and sqs"
        services = Services(forward, served, public_sqs=self.settings.queue_port)
        api = Api(health, Operations(operations, load_service_model()), services, pages)
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            settings, ports = self.settings, self.settings.ports
            functions = create_functions_endpoint(api, f"port {ports.api}")
            port = Port(settings.functions_host, ports.functions, "--functions-port")
            await stack.enter_async_context(serve_app(functions, port))
            await stack.enter_async_context(serve_app(create_api(api), Port(settings.host, ports.api, "--api-port")))
            await stack.enter_async_context(self._linked(pools, observer))
            environments = group.create_task(pools.run())
            ready = asyncio.ensure_future(self._until_ready(health))
            stop = asyncio.ensure_future(self.stopping.wait())
            await asyncio.wait({ready, stop}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            urls = await self._serve_urls(stack, pools, observer)
            self.serving = True
            await announce(self.settings, self.resources, queues, self.say)
            mappings.start(group)
            await stop
            mappings.stop()
            events.stop()
            await self._drain(urls, _all_done(mappings, events, pools, observer))
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

    def _starter(self) -> Processes | None:
        """Return what starts environments; None where they come by themselves."""
        native = self.settings.native
        return Processes(native, self.functions, f"127.0.0.1:{self.settings.ports.link}") if native else None

    async def _until_ready(self, health: Health) -> None:
        """Wait until every function has an environment."""
        while not all(pool.ready for pool in health.pools.pools.values()):
            await asyncio.sleep(0.05)

    async def _serve_urls(
        self, stack: contextlib.AsyncExitStack, pools: Pools, observer: Observer
    ) -> list[web.ServerRunner]:
        runners = []
        settings, urls = self.settings, {url_id(url): url for url in self.resources.urls}
        keys = KeyPair(settings.access_key_id, settings.secret_access_key)
        rates = RequestRates(self.functions)
        for position, url in enumerate(self.resources.urls):
            handler = UrlServer(url, urls, pools, settings.region, settings.account_id, keys, rates, observer)
            runner = web.ServerRunner(web.Server(handler, access_log=None))
            port = Port(settings.host, settings.ports.function_url(position), "--url-port")
            await stack.enter_async_context(serve(runner, port))
            runners.append(runner)
        return runners

    def _poller(self, mapping: EventSourceMapping, queues: Queues, pools: Pools, observer: Observer) -> Poller:
        arn = Arns(self.settings.region, self.settings.account_id).queue(mapping.queue)
        unseen = Queue("", mapping.queue, {})  # the poller looks at the queue before it polls
        timeout_s = self.functions[mapping.function].timeout_s
        source = Source(arn, self.settings.region, unseen.visibility_timeout_s, timeout_s)
        return Poller(mapping, source, queues, pools, emit=observer)

    @contextlib.asynccontextmanager
    async def _linked(self, pools: Pools, observer: Observer) -> AsyncIterator[None]:
        stack = Stack(self.settings.functions_endpoint, self.settings.region)

        def configure(function: Function, environment: str) -> dict[str, str]:
            return variables(function, environment, stack)

        directory = Directory(self.functions, self.settings.region, self.settings.account_id)
        port = Port(self.settings.host, self.settings.ports.link, "--link-port")
        async with rie.connection() as http:
            engines = Engines(self.settings.engine, http, directory.arn)
            link = Link(pools, self.functions, configure, engines, observer)
            try:
                server = await link.serve(port.host, port.number)
            except OSError as error:
                raise port.taken(error) from error
            try:
                yield
            finally:
                server.close()


async def _all_done(mappings: Mappings, events: Asynchronous, pools: Pools, observer: Observer) -> None:
    await mappings.drain()
    await events.drain()
    await pools.drain()
    await observer.output.drain()


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
