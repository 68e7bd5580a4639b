"""The ports of an emulator, except those of function URLs: queues, the API, the functions' endpoint, the link."""

import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from emulator import rie
from emulator.announcement import address_of
from emulator.aws.arns import Arns
from emulator.cloudwatch_logs.logs_calls import LogsCalls
from emulator.cloudwatch_logs.logs_operations import LogsOperations
from emulator.console_services import ConsoleServices
from emulator.debugging.debug_ports import debug_ports
from emulator.doctor.finding_pages import ExaminedTemplate, FindingPages
from emulator.edge.listener import Listener, bind
from emulator.edge.page_token import needs_page_token
from emulator.endpoints.functions_endpoint import create_functions_endpoint
from emulator.endpoints.further_services import further_services
from emulator.endpoints.queue_port import BODY_BYTES as CALL_BYTES
from emulator.endpoints.queue_port import create_queue_port
from emulator.endpoints.roles import Roles
from emulator.endpoints.services import Services
from emulator.engines import Engines
from emulator.faults.fault_pages import FaultPages
from emulator.function_url.signature import KeyPair
from emulator.journal.live_entries import LiveEntries
from emulator.journal.routes import JournalApi
from emulator.lambda_api.account import AccountApi
from emulator.lambda_api.activity import Activity
from emulator.lambda_api.aliases import AliasApi
from emulator.lambda_api.code_changes import CodeChanges
from emulator.lambda_api.code_hosting import CodeHosting, Hosting
from emulator.lambda_api.descriptions import Descriptions, NoProgress
from emulator.lambda_api.event_invoke_configs import EventInvokeApi
from emulator.lambda_api.function_code import FunctionCodeApi
from emulator.lambda_api.functions import FunctionApi
from emulator.lambda_api.health import Health
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.permissions import PermissionApi
from emulator.lambda_api.publishing import Publishing
from emulator.lambda_api.resource_policies import ResourcePolicyApi
from emulator.lambda_api.server import BODY_BYTES as REQUEST_BYTES
from emulator.lambda_api.server import Api, Pages, create_api
from emulator.lambda_api.service_model import load_service_model
from emulator.lambda_api.tags import TagApi
from emulator.lambda_api.urls import UrlApi
from emulator.lambda_api.versions import VersionApi
from emulator.link import Link, never
from emulator.listening import Port, refused_ports, serve_app
from emulator.loading import place
from emulator.output_hints import NO_NAMES_HERE, NO_NAMES_IN_CONTAINERS, OutputHints
from emulator.owner_key import ACCESS_KEY_ID, read_or_make_key
from emulator.parts import Foundation, Parts
from emulator.payloads.payload_pages import PayloadPages
from emulator.project.launch import Launch
from emulator.queues.message_pages import MessagePages
from emulator.resources import Function
from emulator.resources.function import MADE_WITH
from emulator.runtime_environment import AwsAccess, variables
from emulator.settings import WELL_KNOWN_KEY
from emulator.site import Site
from emulator.tokens import write_tokens

if TYPE_CHECKING:
    from emulator.containers.container_runner import ContainerRunner

Listen = Callable[[Sequence[str]], Awaitable[None]]  #: serves a port on further addresses


@contextlib.asynccontextmanager
async def served_ports(base: Foundation, parts: Parts, serving: Callable[[], bool]) -> AsyncIterator[None]:
    """Serve SQS, the API and the environments; `serving` returns whether functions may be called now."""
    number = base.settings.ports.sqs
    port, queue_port = Port(base.settings.host, number, "--sqs-port"), create_queue_port(parts.queues.calls, number)
    async with serve_app(queue_port, port, base.edge.gate(CALL_BYTES)):
        await parts.queues.queues.create()
        async with (
            _api_ports(base, parts, serving) as endpoint,
            debug_ports(parts.debuggers, base.settings.host),
            _link(base, parts) as link,
        ):
            if parts.containers:
                await _listen_to_containers(base, parts.containers, endpoint, link)
            yield


async def _listen_to_containers(
    base: Foundation, containers: "ContainerRunner", endpoint: Listener, listen_to_supervisors: Listen
) -> None:
    """Listen on the networks of the functions' containers too: on those of now, and on those that come later."""
    port = Port("", base.settings.ports.functions, "--functions-port")

    async def listen(addresses: Sequence[str]) -> None:
        with refused_ports(port):
            endpoint.add(await bind(addresses, port.number))
        await listen_to_supervisors(addresses)

    containers.networks.open(listen)
    for function in base.stack.functions:
        await containers.networks.of(function)


def _api(base: Foundation, parts: Parts, serving: Callable[[], bool], page_token: str) -> Api:
    """Return the application on port 9001: Lambda's operations, SQS, and the emulator's own pages."""
    stack, directory, queues = base.stack, base.directory, parts.queues.queues
    health = Health(stack, parts.pools, queues, serving, base.problems)
    descriptions = Descriptions(directory, stack.functions, parts.preparations or NoProgress())
    hosting = _code_hosting(base)
    elsewhere = hosting.hosting is Hosting.ELSEWHERE
    publishing = Publishing(stack, parts.snapshots, hosting)
    operations = [
        InvokeApi(directory, parts.pools, parts.events.accept, parts.observer.output.tail, serving),
        FunctionApi(directory, stack.functions, descriptions, stack.tags, MADE_WITH if elsewhere else ()),
        FunctionCodeApi(stack, directory, descriptions, parts.code, hosting, publishing),
        VersionApi(directory, descriptions, publishing),
        AliasApi(directory),
        PermissionApi(stack, directory),
        ResourcePolicyApi(stack, directory),
        TagApi(stack, directory),
        AccountApi(stack, directory),
        MappingApi(stack, directory, queues),
        EventInvokeApi(stack.event_invokes, directory, queues),
        UrlApi(stack, parts.urls, directory, published=elsewhere),
    ]
    journal = JournalApi(parts.observer.journal, health.depths, health.functions)
    faults = FaultPages(base.faults, lambda: set(stack.functions), stack.mapped_functions)
    kept = PayloadPages(parts.keeper)
    live = LiveEntries(parts.observer.journal)
    activity, findings = Activity(parts.pools, parts.pollers), _finding_pages(base, parts)
    pages: list[Pages] = [journal, MessagePages(parts.queues.embedded), faults, kept, live, activity, findings]
    if base.settings.console.pages:
        services_of_page = base.settings.console_services
        site = Site(base.settings.console.pages, page_token, lambda: _url_origins(base), services_of_page)
        pages += [site, ConsoleServices(services_of_page)]
    served = f"port {base.settings.ports.api} serves lambda, sqs, logs, and roles of iam"
    arns = Arns(base.settings.region, base.settings.account_id)
    logs = LogsOperations(parts.observer.journal, lambda: list(stack.functions.values()), arns, int(time.time() * 1000))
    services = Services(
        parts.queues.calls,
        served,
        logs=LogsCalls(logs),
        roles=Roles(arns, served),
        public_sqs=base.settings.queue_port,
    )
    return Api(health, Operations(operations, load_service_model(), _code_changes(base)), services, pages)


def _finding_pages(base: Foundation, parts: Parts) -> FindingPages:
    template = ExaminedTemplate(base.settings.template, place(base.settings), base.settings.parameters)
    return FindingPages(template, base.stack, parts.queues.queues, parts.observer.journal.counters)


def _url_origins(base: Foundation) -> list[str]:
    """Return the origins of the function URLs by each name of this machine that the console's page may have."""
    ports = [
        address_of(base.settings, live.position).rstrip("/").rpartition(":")[2] for live in base.stack.urls.values()
    ]
    return [f"http://{host}:{port}" for port in ports for host in ("127.0.0.1", "localhost")]


def _code_hosting(base: Foundation) -> CodeHosting:
    """Return the rule for which code can run here, by what starts the environments."""
    options = base.settings.project
    if base.settings.containers or base.stand_ins.functions is not None:
        return CodeHosting(Hosting.CONTAINERS)
    if base.settings.native:
        return CodeHosting(Hosting.PROCESSES, lambda function: bool(options.of(function, "").words))
    return CodeHosting(Hosting.ELSEWHERE)


def _code_changes(base: Foundation) -> CodeChanges:
    """Return the rule for who may change code: this user, and callers that sign with a key of this user."""
    settings, keys = base.settings, []
    if settings.secret_access_key != WELL_KNOWN_KEY:
        keys.append(KeyPair(settings.access_key_id, settings.secret_access_key))
    cure = "call it as this user, or start the emulator with --key-file FILE and sign with its key"
    if settings.access.key_file:
        keys.append(read_or_make_key(settings.access.key_file))
        secret = f"AWS_SECRET_ACCESS_KEY=$(cat {settings.access.key_file})"
        cure = f"call it as this user, or sign with AWS_ACCESS_KEY_ID={ACCESS_KEY_ID} and {secret}"
    return CodeChanges(keys, settings.region, cure)


@contextlib.asynccontextmanager
async def _api_ports(base: Foundation, parts: Parts, serving: Callable[[], bool]) -> AsyncIterator[Listener]:
    """Serve the API, and the part of it that functions may call; yield the port of that part."""
    page_token = secrets.token_urlsafe(24)
    settings, ports, api = base.settings, base.settings.ports, _api(base, parts, serving, page_token)
    guarded = create_api(api)
    guarded.middlewares.append(needs_page_token(page_token))
    first, *others = settings.functions_listen
    functions_port = Port(first, ports.functions, "--functions-port", tuple(others))
    api_port, gate = Port(settings.host, ports.api, "--api-port"), base.edge.gate(REQUEST_BYTES, navigable=True)
    async with further_services(settings.project.endpoints) as further:
        functions = create_functions_endpoint(api, f"port {ports.api}", further)
        async with (
            serve_app(functions, functions_port, base.edge.gate(REQUEST_BYTES)) as endpoint,
            serve_app(guarded, api_port, gate),
        ):
            yield endpoint


@contextlib.asynccontextmanager
async def _link(base: Foundation, parts: Parts) -> AsyncIterator[Listen]:
    """Serve the port to which supervisors connect; yield what serves it on further addresses."""
    native = base.settings.native
    aws = AwsAccess(base.settings.functions_endpoint, base.settings.region)

    def launch(function: str) -> Launch | None:
        return parts.launches.ready(function) if parts.launches else None

    def configure(function: Function, environment: str) -> dict[str, str]:
        started = launch(function.key)
        return {**variables(function, environment, aws), **(started.location_variables if started else {})}

    def module_places(function: str) -> str:
        started = launch(function)
        return started.module_places if started else str(native.root if native else "")

    def needs_runtime_api(key: str) -> bool:
        started, function = launch(key), base.stack.callable.get(key)
        return bool((started and started.extensions) or (function and function.is_restored))

    port = Port("", base.settings.ports.link, "--link-port")
    if base.settings.tokens:
        write_tokens(base.settings.tokens, base.stack.functions, base.tokens)  # before a supervisor can connect
    async with rie.connection() as http, contextlib.AsyncExitStack() as servers:
        engines = Engines(
            base.settings.engine,
            http,
            base.directory.arn,
            base.tokens,
            debugged=parts.debuggers,
            needs_runtime_api=needs_runtime_api,
        )
        link = Link(
            parts.pools,
            base.stack.callable,
            configure,
            engines,
            parts.observer,
            debuggers=parts.debuggers,
            module_places=module_places,
            hints=OutputHints(NO_NAMES_HERE if native else NO_NAMES_IN_CONTAINERS),
            is_as_before=parts.launches.is_as_before if parts.launches else never,
            init_s=base.settings.init_s,
        )

        async def listen(addresses: Sequence[str]) -> None:
            with refused_ports(port):
                servers.callback((await link.serve(addresses, port.number)).close)

        await listen(base.settings.functions_listen)
        yield listen
