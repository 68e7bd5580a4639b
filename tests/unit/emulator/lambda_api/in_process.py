"""The Lambda API in this process: a boto3 client whose requests reach the operations without a socket."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.code_hosting import CodeHosting, Hosting
from emulator.lambda_api.descriptions import Descriptions
from emulator.lambda_api.function_code import FunctionCodeApi
from emulator.lambda_api.functions import FunctionApi
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.publishing import Publishing
from emulator.lambda_api.requests import HttpRequest, Reply
from emulator.lambda_api.service_model import load_service_model
from emulator.lambda_api.state_operations import state_operations
from emulator.lambda_api.urls import UrlApi
from emulator.lambda_api.versions import VersionApi
from emulator.listening import PortError
from emulator.project.code_snapshots import CodeSnapshots
from emulator.project.code_store import CodeStore
from emulator.resources import Cors, Function, FunctionUrl, Queue
from emulator.stack.live_mappings import State
from emulator.stack.stack import Stack
from tests.unit.emulator.echo import Echo
from tests.unit.emulator.stacks import stack_of

MODEL = load_service_model()
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:"
ECHO = Function("Echo", "echo", "image", ("m.handler",), 3, 256, 512, {"GREETING": "hello"})
WORKER = Function("Worker", "worker", "image", (), 3, 128, 512, reserved_concurrency=2)
JOBS, SPARE = Queue("Jobs", "jobs", {}), Queue("Spare", "spare", {})
URL = FunctionUrl("EchoUrl", "echo", "NONE", Cors(allow_origins=("*",), max_age_s=60))


class QueueServer:
    async def describe(self, name: str) -> Queue | None:
        return {"jobs": JOBS, "spare": SPARE}.get(name)


async def no_log(environment: str, request_id: str) -> str:
    return "a line"


@dataclass
class Prepared:
    """Functions that are prepared, or not yet, or cannot be, as a test says."""

    pending: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)

    def is_pending(self, function: str) -> bool:
        return function in self.pending

    def problem(self, function: str) -> str:
        return self.problems.get(function, "")


class Ports:
    """All ports are free."""

    def of(self, position: int) -> str:
        return f"http://127.0.0.1:{9000 + position}/"

    def first_free(self, positions: Iterable[int]) -> int:
        for position in positions:
            return position
        raise PortError("none is free")

    async def opened(self, _: str) -> bool:
        return True


@dataclass
class Emulated:
    """Two functions, two queues, a URL, and the operations on them."""

    started: bool = True
    stack: Stack = field(default_factory=lambda: stack_of(functions=(ECHO, WORKER), urls=(URL,)))
    code: Path = Path("/nowhere")  #: where archives are unpacked
    hosting: Hosting = Hosting.PROCESSES
    with_command: set[str] = field(default_factory=set)  #: the functions that a command of the user starts
    progress: Prepared = field(default_factory=Prepared)

    def __post_init__(self) -> None:
        stack = self.stack
        directory = Directory(stack.functions, "us-east-1", "000000000000", stack.versions)
        hosting = CodeHosting(self.hosting, self.with_command.__contains__)
        descriptions = Descriptions(directory, stack.functions, self.progress)
        store = CodeStore(self.code)
        publishing = Publishing(stack, CodeSnapshots(store), hosting)
        self.operations = Operations(
            [
                InvokeApi(directory, Echo(), Echo().accept, no_log, lambda: self.started),
                FunctionApi(directory, stack.functions, descriptions, stack.tags),
                FunctionCodeApi(stack, directory, descriptions, store, hosting, publishing),
                VersionApi(directory, descriptions, publishing),
                UrlApi(stack, Ports(), directory, published=self.hosting is Hosting.ELSEWHERE),
                *state_operations(stack, directory, QueueServer()),
            ],
            MODEL,
        )

    def call(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply | None:
        """Make one HTTP request; `ApiError` when it is refused."""
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        request = HttpRequest(method, parts.path, query, headers, body)
        try:
            return asyncio.run(self.operations.answer(request))
        finally:
            for live in self.stack.mappings.values():  # no poller is started, so nothing else would settle it
                self.stack.mappings.put(live.uuid, replace(live, state=State.ENABLED))

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
