"""Port 9001 in this process: which requests are Lambda's, and what becomes of the others."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from emulator.endpoints.services import Services
from emulator.lambda_api.api_errors import SPELLED_WITH_CAPITAL, ApiError
from emulator.lambda_api.health import Health
from emulator.lambda_api.server import Api, create_api
from emulator.queues.forward import SqsForward
from tests.unit.emulator.lambda_api.in_process import MODEL, Emulated


def signed_for(service: str) -> dict[str, str]:
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, Signature=0"}


class Well:
    async def report(self) -> tuple[bool, Mapping[str, Any]]:
        return True, {"status": "ok"}


async def forwarded(request: web.Request, body: bytes, *, public: str) -> web.Response:
    return web.json_response({"forwarded": body.decode()})


class JournalPages:
    def add_to(self, app: web.Application) -> None:
        async def get_stats(_: web.Request) -> web.Response:
            return web.json_response({"stats": 1})

        app.router.add_get("/stats", get_stats)


def ask(method: str, path: str, **options: Any) -> tuple[int, Mapping[str, str], str]:
    async def scenario() -> tuple[int, Mapping[str, str], str]:
        services = Services(cast("SqsForward", forwarded), "port 9001 serves lambda and sqs")
        api = Api(cast("Health", Well()), Emulated().operations, services, [JournalPages()])
        async with TestClient(TestServer(create_api(api))) as client:
            answer: ClientResponse = await client.request(method, path, **options)
            return answer.status, answer.headers, await answer.text()

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    "path", ["/2015-03-31/functions", "/2015-03-31/functions/", "/2015-03-31/functions/?MaxItems=5"]
)
def test_an_operation_is_served(path: str) -> None:
    status, headers, text = ask("GET", path)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert headers["x-amzn-RequestId"]
    assert [function["FunctionName"] for function in json.loads(text)["Functions"]] == ["echo", "worker"]


def test_headers_are_found_in_any_spelling() -> None:
    headers = {"x-amz-invocation-type": "DryRun"}
    status, _, text = ask("POST", "/2015-03-31/functions/echo/invocations", headers=headers, data=b"{}")
    assert (status, text) == (204, "")


def test_a_payload_may_come_as_curl_sends_it() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, text = ask("POST", "/2015-03-31/functions/echo/invocations/", headers=form, data=b'{"a": 1}')
    assert (status, json.loads(text)) == (200, {"a": 1})


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/2015-03-31/function/echo", {}),
        ("PATCH", "/2015-03-31/functions/echo", signed_for("lambda")),
        ("GET", "/", {}),
    ],
)
def test_what_is_no_operation_is_unknown_as_on_aws(method: str, path: str, headers: dict[str, str]) -> None:
    status, answered, text = ask(method, path, headers=headers)
    assert (status, answered["x-amzn-ErrorType"]) == (404, "UnknownOperationException")
    assert json.loads(text)["message"] == f"{method} {path} is no operation of Lambda"


def test_a_refusal_has_its_name_in_body_and_header() -> None:
    status, headers, text = ask("GET", "/2018-10-31/layers")
    assert (status, headers["x-amzn-ErrorType"]) == (501, "NotImplementedException")
    assert json.loads(text)["Message"] == "ListLayers is not emulated"


@pytest.mark.parametrize(("path", "answer"), [("/health", {"status": "ok"}), ("/stats", {"stats": 1})])
def test_the_emulators_own_pages_stay_beside_the_operations(path: str, answer: dict[str, Any]) -> None:
    status, _, text = ask("GET", path)
    assert (status, json.loads(text)) == (200, answer)


@pytest.mark.parametrize(
    "headers", [signed_for("sqs"), {"X-Amz-Target": "AmazonSQS.SendMessage"}], ids=["signature", "target"]
)
@pytest.mark.parametrize("path", ["/", "/000000000000/jobs"])
def test_calls_of_sqs_are_passed_on(headers: dict[str, str], path: str) -> None:
    status, _, text = ask("POST", path, headers=headers, data=b"a message")
    assert (status, json.loads(text)) == (200, {"forwarded": "a message"})


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        (signed_for("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, b"{}", "ListTables of dynamodb"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"Action=X&Version=1", "X of an unknown service"),
    ],
)
def test_other_services_are_refused_by_name(headers: dict[str, str], body: bytes, words: str) -> None:
    status, _, text = ask("POST", "/", headers=headers, data=body)
    assert status == 501
    assert f"{words} is not emulated" in text


def test_what_a_stranger_sends_cannot_steer_the_terminal_that_shows_the_log(caplog: pytest.LogCaptureFixture) -> None:
    status, _, text = ask("GET", "/2015-03-31/functions/%1B%5B31m%0Aforged" + "x" * 5_000)
    assert status == 400
    assert "Value '\x1b[31m\nforged" in json.loads(text)["message"]
    (line,) = [record.getMessage() for record in caplog.records if "ValidationException" in record.getMessage()]
    message = line.partition("ValidationException: ")[2]
    assert "Value '\\x1b[31m forged" in message
    assert len(message) < 2_500


@pytest.mark.parametrize(("kind", "capital"), SPELLED_WITH_CAPITAL.items())
def test_la08_the_key_of_an_errors_message_is_that_of_the_service_model(kind: str, capital: bool) -> None:
    members = MODEL.shape_for(kind).members
    assert ("Message" in members, "message" in members) == (capital, not capital)
    body = json.loads(ApiError(400, kind, "why").body)
    assert body == {"Type": "User", "Message" if capital else "message": "why"}


def test_la08_a_validation_error_has_its_message_alone() -> None:
    assert json.loads(ApiError(400, "ValidationException", "why").body) == {"message": "why"}
