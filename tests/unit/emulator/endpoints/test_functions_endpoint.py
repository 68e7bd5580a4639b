"""The functions' endpoint over HTTP: what is let through to Lambda's API, and what is refused."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from emulator.endpoints.functions_endpoint import create_functions_endpoint
from emulator.endpoints.services import Services
from emulator.environments.pools import Pools
from emulator.lambda_api.health import Health
from emulator.lambda_api.server import Api
from emulator.queues.forward import forwarding
from emulator.queues.sqs_json import Server
from tests.unit.emulator.lambda_api.in_process import Emulated
from tests.unit.emulator.sqs_server import SqsServer, connected

FUNCTIONS = "/2015-03-31/functions"


class Page:
    """A page, as the journal has some."""

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/trace/{name}", self.get)

    async def get(self, _request: web.Request) -> web.Response:
        return web.Response(text="what others sent")


def ask(method: str, path: str, **headers: str) -> tuple[int, dict[str, Any], str]:
    async def run() -> tuple[int, dict[str, Any], str]:
        async with forwarding(Server("http://127.0.0.1:1", "us-east-1"), "000000000000") as sqs:
            emulated = Emulated()
            health = Health(emulated.stack, Pools(emulated.stack.functions), connected(SqsServer()), lambda: True)
            api = Api(health, emulated.operations, Services(sqs, "port 9001"), [Page()])
            async with (
                TestServer(create_functions_endpoint(api, "port 9001")) as server,
                aiohttp.ClientSession() as http,
                http.request(method, server.make_url(path), headers=headers) as answer,
            ):
                return answer.status, await answer.json(content_type=None), answer.headers.get("x-amzn-ErrorType", "")

    return asyncio.run(run())


@pytest.mark.parametrize("path", [f"{FUNCTIONS}/echo/configuration", f"{FUNCTIONS}/echo", f"{FUNCTIONS}/"])
def test_rt21_reads_are_answered(path: str) -> None:
    status, content, _ = ask("GET", path)
    assert status == 200
    assert "echo" in str(content)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_rt21_a_call_is_let_through(kind: str) -> None:
    status, _, _ = ask("POST", f"{FUNCTIONS}/echo/invocations", **{"Content-Type": kind})
    assert status == 200


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("PUT", f"{FUNCTIONS}/echo/configuration", "UpdateFunctionConfiguration"),
        ("PUT", f"{FUNCTIONS}/echo/code", "UpdateFunctionCode"),
        ("POST", FUNCTIONS, "CreateFunction"),
        ("DELETE", f"{FUNCTIONS}/echo", "DeleteFunction"),
        ("PUT", "/2017-10-31/functions/echo/concurrency", "PutFunctionConcurrency"),
        ("DELETE", "/2017-10-31/functions/echo/concurrency", "DeleteFunctionConcurrency"),
        ("PUT", "/2019-09-25/functions/echo/event-invoke-config", "PutFunctionEventInvokeConfig"),
        ("POST", "/2015-03-31/event-source-mappings/", "CreateEventSourceMapping"),
        ("PUT", "/2015-03-31/event-source-mappings/a", "UpdateEventSourceMapping"),
        ("DELETE", "/2015-03-31/event-source-mappings/a", "DeleteEventSourceMapping"),
        ("GET", "/health", "GET /health"),
        ("GET", "/trace/x", "GET /trace/x"),
        ("GET", "/metrics", "GET /metrics"),
        ("POST", "/collected", "POST /collected"),
    ],
)
def test_rt21_changes_and_pages_are_refused_by_name(method: str, path: str, name: str) -> None:
    status, content, kind = ask(method, path)
    assert (status, kind) == (403, "AccessDeniedException")
    assert (
        content["message"]
        == f"{name} is not for functions, which may use SQS, Invoke and read operations: use port 9001"
    )


def test_rt21_another_service_is_refused_by_its_name_in_its_protocol() -> None:
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    status, content, _ = ask("GET", "/stats", Authorization=scope)
    assert status == 501
    assert content["message"].startswith("GET /stats of dynamodb is not emulated: the functions' endpoint")
