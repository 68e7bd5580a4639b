"""Pages in a browser and rebound names, as raw HTTP on every port: attacks, and honest callers beside them."""

import json
import socket
from collections.abc import Mapping

import httpx
import pytest

from emulator.function_url.response import FORBIDDEN
from tests.conformance.conftest import Tiny
from tests.conformance.test_functions_endpoint import drain

EVIL = "https://evil.example"
INVOKE = "/2015-03-31/functions/obey/invocations"
CROSS = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}


def door(tiny: Tiny, name: str) -> int:
    ports = tiny.stack.ports
    return {"url": ports.url, "api": ports.api, "functions": ports.functions, "sqs": ports.sqs}[name]


def send(port: int, request: str, headers: Mapping[str, str], body: str = "") -> tuple[int, str]:
    """Send a request as it is; return the status and all of the answer."""
    fields = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(body)), **headers}
    head = [f"{request} HTTP/1.1"] + [f"{name}: {value}" for name, value in fields.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*head, "", body]).encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    return int(answer.split()[1]), answer


def order(**fields: object) -> str:
    return json.dumps({"body": json.dumps(fields)})


#: port → a request that has an effect there
CALLS = {
    "url": ("POST /", json.dumps({"do": "nothing"})),
    "api": (f"POST {INVOKE}", order(do="nothing")),
    "functions": (f"POST {INVOKE}", order(do="nothing")),
    "sqs": ("POST /", "Action=SendMessage&Version=2012-11-05&QueueUrl=brief&MessageBody=stranger"),
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("port", CALLS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_page_of_another_origin_sends_a_simple_request_in_vain(tiny: Tiny, port: str, kind: str) -> None:
    """No browser asks first (preflight) for these types."""
    request, body = CALLS[port]
    for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Origin": EVIL, **CROSS}, CROSS):
        status, answer = send(door(tiny, port), request, {**headers, **({"Content-Type": kind} if kind else {})}, body)
        assert status == 403, answer
        assert "access-control-allow-origin" not in answer.lower()
    assert tiny.depth("brief") == 0


@pytest.mark.parametrize("port", CALLS)
def test_the_same_request_of_a_program_or_of_a_page_of_this_machine_is_taken(tiny: Tiny, port: str) -> None:
    request, body = CALLS[port]
    local = {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"}  # localhost and 127.0.0.1 are two sites
    for headers in ({}, local, {"Origin": "http://127.0.0.1:3000"}):
        kind = FORM if port == "sqs" else {"Content-Type": "application/json"}
        status, answer = send(door(tiny, port), request, {**headers, **kind}, body)
        assert status == 200, answer
    if port == "sqs":
        assert drain(tiny) == ["stranger"] * 3


@pytest.mark.parametrize("port", CALLS)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:9001", "127.0.0.1.evil.example"])
def test_a_rebound_name_reaches_nothing(tiny: Tiny, port: str, host: str) -> None:
    """To the browser, such a page is of the same origin as the port: it sends no Origin with GET."""
    request, body = CALLS[port]
    for asked, headers in ((request, {"Origin": f"http://{host}"}), (request, {}), ("GET /health", {})):
        headers |= {"Host": host, "Sec-Fetch-Site": "same-origin"}
        status, answer = send(door(tiny, port), asked, headers, body if asked == request else "")
        assert status == 403, answer
        assert "--allow-host evil.example" in answer or "127.0.0.1.evil.example" in answer


def test_an_image_or_a_script_of_another_site_does_not_get_through(tiny: Tiny) -> None:
    send_message = "/?Action=SendMessage&Version=2012-11-05&QueueUrl=brief&MessageBody=image"
    for port, path in (("url", "/"), ("api", "/health"), ("sqs", send_message), ("functions", "/2015-03-31/functions")):
        for destination in ("image", "script", "iframe"):
            mode = "navigate" if destination == "iframe" else "no-cors"
            headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
            status, answer = send(door(tiny, port), f"GET {path}", headers)
            assert status == 403, answer
    assert tiny.depth("brief") == 0


def test_a_link_leads_to_a_function_url_and_to_the_api_but_not_to_sqs(tiny: Tiny) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert send(tiny.stack.ports.function_url(1), "GET /", link)[0] == 200
    assert send(door(tiny, "api"), "GET /health", link)[0] == 200
    assert send(door(tiny, "sqs"), "GET /?Action=ListQueues&Version=2012-11-05", link)[0] == 403
    assert send(tiny.stack.ports.function_url(1), "POST /", link)[0] == 403


def test_management_is_closed_to_a_foreign_page_and_its_preflight(tiny: Tiny) -> None:
    path = "/2015-03-31/functions/obey/configuration"
    asking = {"Origin": EVIL, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    for request, headers in (("OPTIONS", asking), ("PUT", {"Origin": EVIL})):
        status, answer = send(door(tiny, "api"), f"{request} {path}", headers, json.dumps({"Timeout": 9}))
        assert status == 403
        assert "access-control-allow" not in answer.lower()
    assert tiny.api.get_function_configuration(FunctionName="obey")["Timeout"] == 2


def test_a_refusal_says_why_and_what_to_do_to_the_caller_and_in_the_log(tiny: Tiny) -> None:
    answer = httpx.post(tiny.url("obey"), headers={"Origin": EVIL}, content="{}")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    message = answer.json()["Message"]
    assert f"pages of {EVIL} may not call this" in message
    for cure in ("AllowOrigins", "--allow-host evil.example", "--any-origin obey"):
        assert cure in message
    assert tiny.eventually(lambda: message in tiny.log())
    null = httpx.post(tiny.url("obey"), headers={"Origin": "null"}, content="{}").json()["Message"]
    assert "python3 -m http.server" in null


def test_what_a_urls_cors_names_is_let_in(tiny: Tiny) -> None:
    named = httpx.post(tiny.url("guarded"), headers={"Origin": "https://a.example"})
    assert (named.json()["Message"], named.headers["access-control-allow-origin"]) == (FORBIDDEN, "https://a.example")
    assert "may not call" in httpx.post(tiny.url("guarded"), headers={"Origin": EVIL}).json()["Message"]


def test_a_url_that_is_opened_runs_for_any_origin_as_on_aws_but_not_for_a_rebound_name(tiny: Tiny) -> None:
    for origin in (EVIL, "null"):
        answer = httpx.post(tiny.url("echo"), headers={"Origin": origin, **CROSS}, content="{}", timeout=60)
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("access-control")], "and its page cannot read it"
    assert httpx.post(tiny.url("echo"), headers={"Host": "evil.example", "Origin": EVIL}).status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "app.localhost:9000",
        "[::1]:9000",
        "emulator:9000",
        "laptop.local",
        "host.docker.internal:9000",
        "192.168.1.7",
        "sqs.eu-west-1.amazonaws.com",
        "queue.amazonaws.com",
        "lambda.us-east-1.amazonaws.com",
    ],
)
def test_names_of_this_machine_of_containers_and_of_aws_are_let_in(tiny: Tiny, host: str) -> None:
    assert send(door(tiny, "api"), "GET /health", {"Host": host})[0] == 200
    status, answer = send(door(tiny, "sqs"), "POST /", {"Host": host, **FORM}, "Action=ListQueues&Version=2012-11-05")
    assert status == 200, answer
    assert send(tiny.stack.ports.function_url(1), "POST /", {"Host": host}, "x")[0] == 200


def test_a_page_of_this_machine_on_another_port_posts_to_a_function_url_and_reads_the_answer(tiny: Tiny) -> None:
    """The two requests that a browser makes for fetch() with JSON: the preflight must allow the second."""
    page = {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = httpx.options(tiny.url("obey"), headers={**page, **asking}, timeout=30)
    assert preflight.is_success
    assert preflight.headers["access-control-allow-origin"] == page["Origin"]
    assert preflight.headers["access-control-allow-methods"] == "POST"
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    answer = httpx.post(tiny.url("obey"), headers=page, json={"do": "nothing"}, timeout=60)
    assert answer.json()["done"] == "nothing"
    assert answer.headers["access-control-allow-origin"] == page["Origin"]
    assert "may read the answers here, because they are of this machine; on AWS only if" in tiny.log()


def test_what_a_function_says_about_origins_itself_stays(tiny: Tiny) -> None:
    headers = {"Access-Control-Allow-Origin": "https://own.example"}
    value = {"statusCode": 200, "headers": headers, "body": "x"}
    answer = httpx.post(
        tiny.url("obey"), json={"do": "return", "value": value}, headers={"Origin": "http://localhost:1"}, timeout=30
    )
    assert answer.headers["access-control-allow-origin"] == "https://own.example"


def test_a_refusal_is_written_in_the_protocol_that_the_caller_speaks(tiny: Tiny) -> None:
    """boto3 behind a tunnel shows the cure, today's by JSON and that of 2020 by XML."""
    tunnel = {"Host": "tunnel.example"}
    target = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
    status, answer = send(door(tiny, "sqs"), "POST /", {**tunnel, **target}, "{}")
    assert (status, "x-amzn-ErrorType: AccessDeniedException" in answer) == (403, True)
    assert "--allow-host tunnel.example" in json.loads(answer.partition("\r\n\r\n")[2])["message"]
    status, answer = send(door(tiny, "sqs"), "POST /", {**tunnel, **FORM}, "Action=ListQueues&Version=2012-11-05")
    assert status == 403
    assert "<Code>AccessDenied</Code><Message>the Host header names tunnel.example" in answer
