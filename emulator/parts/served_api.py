"""What port 9001 serves: Lambda's operations, the other services of AWS, and the emulator's own pages."""

import time
from collections.abc import Callable

from emulator.aws.arns import Arns
from emulator.cloudwatch_logs.logs_calls import LogsCalls
from emulator.cloudwatch_logs.logs_operations import LogsOperations
from emulator.console_services import ConsoleServices
from emulator.doctor.finding_pages import ExaminedTemplate, FindingPages
from emulator.endpoints.roles import Roles
from emulator.endpoints.services import Services
from emulator.faults.fault_pages import FaultPages
from emulator.function_url.signature import KeyPair
from emulator.journal.live_entries import LiveEntries
from emulator.journal.routes import JournalApi
from emulator.lambda_api.activity import Activity
from emulator.lambda_api.code_changes import CodeChanges
from emulator.lambda_api.code_hosting import CodeHosting, Hosting
from emulator.lambda_api.descriptions import Descriptions, NoProgress
from emulator.lambda_api.function_code import FunctionCodeApi
from emulator.lambda_api.functions import FunctionApi
from emulator.lambda_api.health import Health
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.publishing import Publishing
from emulator.lambda_api.server import Api, Pages
from emulator.lambda_api.service_model import load_service_model
from emulator.lambda_api.state_operations import state_operations
from emulator.lambda_api.urls import UrlApi
from emulator.lambda_api.versions import VersionApi
from emulator.loading import place
from emulator.owner_key import ACCESS_KEY_ID, read_or_make_key
from emulator.parts.announcement import address_of
from emulator.parts.foundation import Foundation
from emulator.parts.parts import Parts
from emulator.payloads.payload_pages import PayloadPages
from emulator.queues.message_pages import MessagePages
from emulator.resources.function import MADE_WITH
from emulator.settings import WELL_KNOWN_KEY
from emulator.site import Site


def served_api(base: Foundation, parts: Parts, serving: Callable[[], bool], page_token: str) -> Api:
    """Return the application on port 9001: Lambda's operations, SQS, and the emulator's own pages."""
    health = Health(base.stack, parts.pools, parts.queues.queues, serving, base.problems)
    operations = Operations(_operations(base, parts, serving), load_service_model(), _code_changes(base))
    return Api(health, operations, _services(base, parts), _pages(base, parts, health, page_token))


def _operations(base: Foundation, parts: Parts, serving: Callable[[], bool]) -> list[object]:
    """Return the objects whose methods are Lambda's operations."""
    stack, directory, queues = base.stack, base.directory, parts.queues.queues
    descriptions = Descriptions(directory, stack.functions, parts.preparations or NoProgress())
    hosting = _code_hosting(base)
    elsewhere = hosting.hosting is Hosting.ELSEWHERE
    publishing = Publishing(stack, parts.snapshots, hosting)
    return [
        InvokeApi(directory, parts.pools, parts.events.accept, parts.observer.output.tail, serving),
        FunctionApi(directory, stack.functions, descriptions, stack.tags, MADE_WITH if elsewhere else ()),
        FunctionCodeApi(stack, directory, descriptions, parts.code, hosting, publishing),
        VersionApi(directory, descriptions, publishing),
        UrlApi(stack, parts.urls, directory, published=elsewhere),
        *state_operations(stack, directory, queues),
    ]


def _pages(base: Foundation, parts: Parts, health: Health, page_token: str) -> list[Pages]:
    """Return the emulator's own pages: the journal, queues, faults, payloads, findings, and the console."""
    journal = parts.observer.journal
    pages: list[Pages] = [
        JournalApi(journal, health.depths, health.functions),
        MessagePages(parts.queues.embedded),
        FaultPages(base.faults, lambda: set(base.stack.functions), base.stack.mapped_functions),
        PayloadPages(parts.keeper),
        LiveEntries(journal),
        Activity(parts.pools, parts.pollers),
        _finding_pages(base, parts),
    ]
    if base.settings.console.pages:
        services = base.settings.console_services
        site = Site(base.settings.console.pages, page_token, lambda: _url_origins(base), services)
        pages += [site, ConsoleServices(services)]
    return pages


def _services(base: Foundation, parts: Parts) -> Services:
    """Return the other services that port 9001 answers: SQS, CloudWatch Logs, and roles of IAM."""
    served = f"port {base.settings.ports.api} serves lambda, sqs, logs, and roles of iam"
    arns = Arns(base.settings.region, base.settings.account_id)
    functions, started_ms = base.stack.functions, int(time.time() * 1000)
    logs = LogsOperations(parts.observer.journal, lambda: list(functions.values()), arns, started_ms)
    return Services(
        parts.queues.calls(),
        served,
        logs=LogsCalls(logs),
        roles=Roles(arns, served),
        public_sqs=base.settings.queue_port,
    )


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
