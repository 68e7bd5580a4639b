"""The Lambda API in this process: a boto3 client whose requests reach the operations without a socket."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.event_source.mappings import Mappings, State
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.configuration import FunctionChanges
from emulator.lambda_api.event_invoke_configs import EventInvokeApi
from emulator.lambda_api.functions import FunctionApi
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.requests import HttpRequest, Reply
from emulator.lambda_api.service_model import load_service_model
from emulator.lambda_api.urls import UrlApi
from emulator.resources import Cors, EventInvokeConfig, Function, FunctionUrl, Queue

MODEL = load_service_model()
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:"
ECHO = Function("Echo", "echo", "image", ("m.handler",), 3, 256, 512, {"GREETING": "hello"})
WORKER = Function("Worker", "worker", "image", (), 3, 128, 512, reserved_concurrency=2)
JOBS, SPARE = Queue("Jobs", "jobs", {}), Queue("Spare", "spare", {})
URL = FunctionUrl("EchoUrl", "echo", "NONE", Cors(allow_origins=("*",), max_age_s=60))


class Echo:
    """Returns an invocation's event."""

    async def invoke(self, invocation: Invocation) -> Outcome:
        return Outcome(OutcomeKind.SUCCESS, invocation.payload)


class Running:
    """Stands for the pools and the mappings, which are told of changed functions."""

    def reconfigure(self, function: Function, *, renew: bool) -> None:
        pass

    def refresh(self, function: str) -> None:
        pass


class QueueServer:
    async def describe(self, name: str) -> Queue | None:
        return {"jobs": JOBS, "spare": SPARE}.get(name)

    async def send(self, name: str, body: str) -> None:
        pass


class Waiting:
    async def run(self, stopping: asyncio.Event) -> None:
        await stopping.wait()


async def no_log(environment: str, request_id: str) -> str:
    return "a line"


@dataclass
class Emulated:
    """Two functions, two queues, a URL, and the operations on them."""

    started: bool = True
    functions: dict[str, Function] = field(default_factory=lambda: {f.name: f for f in (ECHO, WORKER)})

    def __post_init__(self) -> None:
        directory = Directory(self.functions, "us-east-1", "000000000000")
        configs: dict[str, EventInvokeConfig] = {}
        self.events = Asynchronous(Echo(), (), configs, QueueServer())
        self.mappings = Mappings([], lambda mapping: Waiting())
        self.operations = Operations(
            [
                InvokeApi(directory, Echo(), self.events, no_log, lambda: self.started),
                FunctionApi(directory, FunctionChanges(self.functions, Running(), Running())),
                MappingApi(self.mappings, directory, QueueServer()),
                EventInvokeApi(configs, directory, QueueServer()),
                UrlApi({"http://127.0.0.1:9000/": URL}, directory),
            ],
            MODEL,
        )

    def call(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply | None:
        """Make one HTTP request; `ApiError` when it is refused."""
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        request = HttpRequest(method, parts.path, query, headers, body)
        try:
            return asyncio.run(self._answer(request))
        finally:
            for entry in self.mappings.all():
                entry.state = State.ENABLED  # no poller is started, so nothing else would settle it

    async def _answer(self, request: HttpRequest) -> Reply | None:
        reply = await self.operations.answer(request)
        await self.events.drain()
        return reply

    def client(self, **config: Any) -> Any:
        """Return a boto3 client."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        settings = Config(retries={"total_max_attempts": 1}, **config)
        client = boto3.client("lambda", endpoint_url="http://nowhere.invalid", config=settings, **keys)
        client.meta.events.register("before-send.lambda", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        body = request.body or b""
        try:
            reply = self.call(request.method, request.url, body if isinstance(body, bytes) else body.read(), **headers)
        except ApiError as error:
            reply = Reply(error.status, {"x-amzn-ErrorType": error.kind}, error.body)
        assert reply is not None, f"no operation answers {request.method} {request.url}"
        return AWSResponse(request.url, reply.status, Headers(reply.headers), Raw(reply.body))


class Headers(dict[str, str]):
    """Found in any spelling, as HTTP's are."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


class Raw:
    """A response's body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        return iter([self._body])

    def read(self, amount: int | None = None) -> bytes:
        body, self._body = self._body, b""
        return body

    def close(self) -> None:
        pass


def refused(operation: Any, **arguments: Any) -> tuple[int, str, str]:
    """Call an operation that must be refused; returns status, code and message."""
    try:
        answer = operation(**arguments)
    except ClientError as error:
        response = error.response
        return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]
    raise AssertionError(f"it was not refused: {answer}")
