"""The emulator: everything that a template describes, running for as long as a block lasts."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from emulator import rie
from emulator.announcement import Say, address_of, announce
from emulator.aws.arns import Arns
from emulator.edge.descriptors import raised_limit
from emulator.edge.edge import Edge
from emulator.endpoints.functions import create_functions_endpoint
from emulator.endpoints.queue_port import BODY_BYTES as CALL_BYTES
from emulator.endpoints.queue_port import create_queue_port
from emulator.endpoints.services import Services
from emulator.engines import Engines
from emulator.environments.pools import Pools
from emulator.environments.scripted_functions import ScriptedFunction, ScriptedStarter
from emulator.environments.starters import Starter
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.pollers import Pollers
from emulator.function_url.page_access import PageAccess
from emulator.function_url.ports import UrlPorts
from emulator.function_url.server import BODY_BYTES as EVENT_BYTES
from emulator.function_url.server import UrlServer
from emulator.function_url.signature import KeyPair
from emulator.function_url.throttle import RequestRates
from emulator.function_url.url_calls import UrlCalls
from emulator.journal.journal import keep
from emulator.journal.observer import Observer
from emulator.journal.routes import JournalApi
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.code_changes import CodeChanges
from emulator.lambda_api.event_invoke_configs import EventInvokeApi
from emulator.lambda_api.functions import FunctionApi
from emulator.lambda_api.health import Health
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.server import BODY_BYTES as REQUEST_BYTES
from emulator.lambda_api.server import Api, Pages, create_api
from emulator.lambda_api.service_model import load_service_model
from emulator.lambda_api.urls import UrlApi
from emulator.link import Link
from emulator.listening import Port, PortError, serve_app
from emulator.live import follow
from emulator.loading import EmulatorError, load
from emulator.native import Processes
from emulator.owner_key import ACCESS_KEY_ID, OwnerKeyError, read_or_make_key
from emulator.queues import QueueError, Queues
from emulator.queues.message_pages import MessagePages
from emulator.queues.queue_service import QueueService, embedded_service, remote_service
from emulator.queues.sqs_json import Server
from emulator.resources import EventSourceMapping, Function, Queue, Resources
from emulator.resources.function import MADE_WITH
from emulator.runtime_environment import AwsAccess, variables
from emulator.settings import POWER_LOSS, WELL_KNOWN_KEY, Settings
from emulator.stack import Stack
from emulator.tokens import TokenError, Tokens, write_tokens

log = logging.getLogger(__name__)

READY_PAUSE_S = 0.05  #: between looks whether every function has an environment


@dataclass(frozen=True, slots=True)
class StandIns:
    """What takes the place of processes and servers, so that an emulator runs in one process."""

    functions: Mapping[str, ScriptedFunction] | None = None  #: by name, in place of the functions' own code


NOTHING = StandIns()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the start and the stop of an emulator have to do with."""

    queues: QueueService
    observer: Observer
    pools: Pools
    pollers: Pollers
    events: Asynchronous
    urls: UrlPorts

    async def drain(self) -> None:
        """Wait for the end of everything that is in flight."""
        await self.pollers.drain()
        await self.events.drain()
        await self.pools.drain()
        await self.observer.output.drain()


class Emulator:
    """One template's resources, running while the block `async with Emulator(settings, resources) as emulator` lasts.

    The block begins when everything runs, and at its end what is in flight is finished. A start that waits too long
    is ended by `stopping`, a stop that waits too long by `aborting`. `stand_ins` take the place of processes.
    """

    def __init__(
        self, settings: Settings, resources: Resources, say: Say = log.info, *, stand_ins: StandIns = NOTHING
    ) -> None:
        self.settings = settings
        self.say = say
        self.stand_ins = stand_ins
        self.stack = Stack()  #: what exists; `stack.apply` takes a changed template
        self.stack.apply(resources)
        self.edge = Edge.of(settings.access.hosts)
        self.tokens = Tokens()  #: by which the supervisors of this start are known
        self.serving = False
        self.stopping = asyncio.Event()
        self.aborting = asyncio.Event()
        self.parts: Parts  #: while the block lasts
        self._exits = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as exits:
            self.parts = await self._make_parts(exits)
            group = await exits.enter_async_context(asyncio.TaskGroup())
            await self._start(self.parts, group, exits)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.aborting.set()
        if isinstance(error, asyncio.CancelledError):  # perhaps by a part of the emulator that has failed
            await self._exits.__aexit__(kind, error, trace)
        else:
            await self._exits.aclose()

    async def _make_parts(self, exits: contextlib.AsyncExitStack) -> Parts:
        """Make all parts and put them together; nothing but the queues and the journal is at work yet."""
        settings, stack = self.settings, self.stack
        service = await exits.enter_async_context(self._queue_service())
        journal = await exits.enter_async_context(keep(settings.journal.file, off=settings.journal.off))
        observer = Observer(journal)
        pools = self._pools(observer, exits)
        pollers = Pollers(stack, lambda mapping: self._poller(mapping, service.queues, pools, observer))
        events = Asynchronous(pools, settings.event_retry_delays_s, stack.event_invokes, service.queues)
        urls = self._url_ports(pools, observer)
        exits.push_async_callback(urls.close)
        return Parts(service, observer, pools, pollers, events, urls)

    async def _start(self, parts: Parts, group: asyncio.TaskGroup, exits: contextlib.AsyncExitStack) -> None:
        """Have everything work: the queues first, then the API and the environments, then what calls functions."""
        port = Port(self.settings.host, self.settings.ports.sqs, "--sqs-port")
        await exits.enter_async_context(
            serve_app(create_queue_port(parts.queues.calls, port.number), port, self.edge.gate(CALL_BYTES))
        )
        await parts.queues.queues.create()
        await exits.enter_async_context(self._api_ports(parts))
        await exits.enter_async_context(self._link(parts))
        tasks = [group.create_task(parts.pools.run())]
        await self._until_ready(parts.pools)
        await parts.urls.open()
        tasks.append(group.create_task(parts.urls.follow()))
        tasks.append(group.create_task(follow(self.stack.queues, lambda: _create(parts.queues.queues))))
        exits.push_async_callback(self._stop, parts, tasks)
        self.serving = True
        await announce(self.settings, self.stack, parts.queues.queues, self.say)
        parts.pollers.start(group)

    async def _stop(self, parts: Parts, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Take nothing new, give what is in flight its time, and end everything."""
        self.serving = False
        self.say("stopping: finishing what is in flight (Ctrl-C again to stop at once)")
        parts.pollers.stop()
        parts.events.stop()
        parts.urls.stop_accepting()
        ends = {asyncio.ensure_future(parts.drain()), asyncio.ensure_future(self.aborting.wait())}
        await asyncio.wait(ends, timeout=self.settings.drain_s, return_when=asyncio.FIRST_COMPLETED)
        parts.pollers.cancel()
        for task in [*ends, *tasks]:
            task.cancel()

    async def _until_ready(self, pools: Pools) -> None:
        """Wait until every function has an environment, or the emulator is told to stop."""
        while not self.stopping.is_set() and not all(pool.ready for pool in pools.pools.values()):
            await asyncio.sleep(READY_PAUSE_S)

    # ---- the parts
    @property
    def _directory(self) -> Directory:
        return Directory(self.stack.functions, self.settings.region, self.settings.account_id)

    @contextlib.asynccontextmanager
    async def _queue_service(self) -> AsyncIterator[QueueService]:
        """Yield the queues of the server that the settings name, or those in this process."""
        settings, queues = self.settings, self.stack.queues
        if settings.sqs_endpoint:
            server = Server(settings.sqs_endpoint, settings.region)
            async with remote_service(server, settings.account_id, queues) as service:
                yield service
        else:
            arns, wait = Arns(settings.region, settings.account_id), settings.queues_survive == POWER_LOSS
            async with embedded_service(settings.queues.file, arns, queues, wait_for_disk=wait) as service:
                yield service

    def _pools(self, observer: Observer, exits: contextlib.AsyncExitStack) -> Pools:
        """Return the pools, with what starts environments; in containers they come by themselves."""
        functions, native, scripts = self.stack.functions, self.settings.native, self.stand_ins.functions
        starter: Starter | None = None
        if scripts is not None:
            starter = ScriptedStarter(scripts, functions, observer, self.settings.environments)
        elif native:
            link = f"127.0.0.1:{self.settings.ports.link}"
            starter = Processes(native, functions, link, self.tokens, self.settings.environments)
        if starter:
            exits.push_async_callback(starter.close)
        pools = Pools(functions, observer, starter=starter)
        if isinstance(starter, ScriptedStarter):
            starter.announce = pools.started
        return pools

    def _poller(self, mapping: EventSourceMapping, queues: Queues, pools: Pools, observer: Observer) -> Poller:
        arn = Arns(self.settings.region, self.settings.account_id).queue(mapping.queue)
        unseen = Queue("", mapping.queue, {})  # the poller looks at the queue before it polls
        timeout_s = self.stack.functions[mapping.function].timeout_s
        source = Source(arn, self.settings.region, unseen.visibility_timeout_s, timeout_s)
        return Poller(mapping, source, queues, pools, emit=observer)

    def _url_ports(self, pools: Pools, observer: Observer) -> UrlPorts:
        settings, urls = self.settings, self.stack.urls
        keys = KeyPair(settings.access_key_id, settings.secret_access_key)
        rates, gate = RequestRates(self.stack.functions), self.edge.gate(EVENT_BYTES, navigable=True)
        pages = PageAccess(settings.access.hosts, settings.access.any_origin)

        calls = UrlCalls(pools, settings.region, settings.account_id, keys, rates)

        def server(url_id: str) -> UrlServer:
            return UrlServer(url_id, urls, calls, gate, pages, observer)

        return UrlPorts(urls, server, self._url_port)

    def _url_port(self, position: int) -> Port:
        return Port(self.settings.host, self.settings.ports.function_url(position), "--url-port")

    def _api(self, parts: Parts) -> Api:
        """Return what port 9001 serves: Lambda's operations, SQS, and the emulator's own pages."""
        stack, directory, queues = self.stack, self._directory, parts.queues.queues
        health = Health(stack, parts.pools, queues, lambda: self.serving)
        operations = [
            InvokeApi(directory, parts.pools, parts.events, parts.observer.output.tail, lambda: self.serving),
            FunctionApi(directory, stack.functions, () if self.settings.native else MADE_WITH),
            MappingApi(stack, directory, queues),
            EventInvokeApi(stack.event_invokes, directory, queues),
            UrlApi(stack.urls, lambda position: address_of(self.settings, position), directory),
        ]
        journal = JournalApi(parts.observer.journal, health.depths, health.functions)
        pages: list[Pages] = [journal, MessagePages(parts.queues.embedded)]
        served = f"port {self.settings.ports.api} serves lambda and sqs"
        services = Services(parts.queues.calls, served, public_sqs=self.settings.queue_port)
        return Api(health, Operations(operations, load_service_model(), self._code_changes()), services, pages)

    def _code_changes(self) -> CodeChanges:
        """Return who may change what functions run: this user, and whoever signs with a key of this user's."""
        settings, keys = self.settings, []
        if settings.secret_access_key != WELL_KNOWN_KEY:
            keys.append(KeyPair(settings.access_key_id, settings.secret_access_key))
        cure = "call it as this user, or start the emulator with --key-file FILE and sign with its key"
        if settings.access.key_file:
            keys.append(read_or_make_key(settings.access.key_file))
            secret = f"AWS_SECRET_ACCESS_KEY=$(cat {settings.access.key_file})"
            cure = f"call it as this user, or sign with AWS_ACCESS_KEY_ID={ACCESS_KEY_ID} and {secret}"
        return CodeChanges(keys, settings.region, cure)

    # ---- the ports
    @contextlib.asynccontextmanager
    async def _api_ports(self, parts: Parts) -> AsyncIterator[None]:
        """Serve the API, and what functions may call of it."""
        settings, ports, api = self.settings, self.settings.ports, self._api(parts)
        functions = create_functions_endpoint(api, f"port {ports.api}")
        first, *further = settings.functions_listen
        functions_port = Port(first, ports.functions, "--functions-port", tuple(further))
        api_port, gate = Port(settings.host, ports.api, "--api-port"), self.edge.gate(REQUEST_BYTES, navigable=True)
        async with (
            serve_app(functions, functions_port, self.edge.gate(REQUEST_BYTES)),
            serve_app(create_api(api), api_port, gate),
        ):
            yield

    @contextlib.asynccontextmanager
    async def _link(self, parts: Parts) -> AsyncIterator[None]:
        """Serve the port where environments announce themselves."""
        aws = AwsAccess(self.settings.functions_endpoint, self.settings.region)

        def configure(function: Function, environment: str) -> dict[str, str]:
            return variables(function, environment, aws)

        hosts = self.settings.functions_listen
        port = Port(hosts[0], self.settings.ports.link, "--link-port")
        if self.settings.tokens:
            write_tokens(self.settings.tokens, self.stack.functions, self.tokens)  # before a supervisor can connect
        async with rie.connection() as http:
            engines = Engines(self.settings.engine, http, self._directory.arn, self.tokens)
            link = Link(parts.pools, self.stack.functions, configure, engines, parts.observer)
            try:
                server = await link.serve(hosts, port.number)
            except OSError as error:
                raise port.taken(error) from error
            try:
                yield
            finally:
                server.close()


async def _create(queues: Queues) -> None:
    """Create the template's queues that a change has brought; a mapping that polls one of them tries again."""
    try:
        await queues.create()
    except QueueError as error:
        log.warning("the queues could not be created: %s", error)


async def run(settings: Settings, say: Say) -> None:
    """Run until SIGINT or SIGTERM; a second one stops without waiting. Raises `EmulatorError`."""
    resources = load(settings)
    try:
        with raised_limit():
            emulator = Emulator(settings, resources, say)

            def interrupt() -> None:
                (emulator.aborting if emulator.stopping.is_set() else emulator.stopping).set()

            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, interrupt)
            async with emulator:
                await emulator.stopping.wait()
    except* (EmulatorError, PortError, QueueError, TokenError, OwnerKeyError) as group:
        raise EmulatorError(str(group.exceptions[0])) from group
    say("stopped")
