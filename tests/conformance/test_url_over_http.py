"""The Function URL over real HTTP: what a caller sends is what the function sees."""

import base64
import json
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.function_url.response import FORBIDDEN
from tests.conformance.conftest import Tiny
from tests.conformance.test_lambda_api import client


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH", "DELETE"])
def test_fu07_all_methods_reach_the_function(tiny: Tiny, method: str) -> None:
    answer = httpx.request(method, tiny.url("echo"), timeout=60)
    assert answer.status_code == 200
    if method != "HEAD":
        assert answer.json()["requestContext"]["http"]["method"] == method


def test_fu02_fu04_fu05_headers_query_and_path_arrive_as_sent(tiny: Tiny) -> None:
    port = tiny.stack.ports.function_url(1)
    request = (
        "GET /pa2%Fth/1?multi=foo&multi=%2Fbar HTTP/1.1\r\nHost: here\r\nX-A: 1\r\nX-A: 2\r\n"
        "Extra-Headers: With WeiRd CapS\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    event = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert event["rawPath"] == "/pa2%Fth/1"
    assert event["rawQueryString"] == "multi=foo&multi=%2Fbar"
    assert event["queryStringParameters"] == {"multi": "foo,/bar"}
    assert event["headers"]["x-a"] == "1,2"
    assert event["headers"]["extra-headers"] == "With WeiRd CapS"
    assert event["headers"]["host"] == "here"


def test_fu08_a_binary_body_arrives_whole(tiny: Tiny) -> None:
    body = bytes(range(256)) * 100
    event = httpx.post(tiny.url("echo"), content=body, headers={"content-type": "image/jpeg"}, timeout=60).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


def test_fu01_fu03_fu09_the_event_of_a_plain_request(tiny: Tiny) -> None:
    headers = {"user-agent": "camera/1", "x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "http"}
    event = httpx.get(tiny.url("echo"), headers=headers, timeout=60).json()
    names = "version routeKey rawPath rawQueryString headers requestContext isBase64Encoded"
    assert set(event) == set(names.split())
    assert event["isBase64Encoded"] is False
    assert {name: event["headers"].get(name) for name in ("user-agent", "x-forwarded-for", "x-forwarded-proto")} == {
        "user-agent": "camera/1",
        "x-forwarded-for": "10.0.0.1, 127.0.0.1",
        "x-forwarded-proto": "https",
    }
    assert {"host", "x-forwarded-port", "x-amzn-trace-id", "x-amzn-tls-version"} <= set(event["headers"])
    assert "connection" not in event["headers"]
    assert httpx.post(tiny.url("echo"), content=b"abc", timeout=60).json()["headers"]["content-length"] == "3"


def test_fu20_fu21_what_a_function_returns_is_the_response(tiny: Tiny) -> None:
    proxied = {"statusCode": 418, "headers": {"X-Tea": "pot"}, "body": "text \n", "cookies": ["a=1", "b=2"]}
    answer = tiny.obey(do="return", value=proxied)
    assert (answer.status_code, answer.text, answer.headers["x-tea"]) == (418, "text \n", "pot")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["content-type"] == "application/json"
    encoded = {"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}
    assert tiny.obey(do="return", value=encoded).content == b"\x00\xff"
    for value, text in (({"hello": "world"}, '{"hello":"world"}'), ("hello", "hello"), (3.1, "3.1"), (None, "null")):
        answer = tiny.obey(do="return", value=value)
        assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, text, "application/json")


def test_fu22_a_failure_of_several_lines_is_one_line_in_the_log(tiny: Tiny) -> None:
    answer = tiny.obey(do="raise", message="one\ntwo")
    line = log_line(tiny, answer)
    assert "function error: ValueError: one two; fix the handler" in line


def test_fu22_a_malformed_response_is_told_apart_in_the_log(tiny: Tiny) -> None:
    answer = tiny.obey(do="return", value={"statusCode": "many"})
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")
    assert "statusCode is 'many'; return a number from 200 to 599" in log_line(tiny, answer)


def log_line(tiny: Tiny, answer: httpx.Response) -> str:
    """The one line that the log has about a refused request."""
    mark = f"(RequestId {answer.headers['x-amzn-requestid']})"
    assert tiny.eventually(lambda: mark in tiny.log())
    (line,) = [line for line in tiny.log().splitlines() if line.endswith(mark)]
    assert f"→ {answer.status_code}" in line
    return line


def test_fu26_the_largest_event_passes_and_one_byte_more_is_413(tiny: Tiny) -> None:
    """The limit is the event's, to the byte: what stands around the body is measured on a small one."""
    limit, headers = 6_291_556, {"content-type": "text/plain", "user-agent": "x"}
    small = httpx.post(tiny.url("echo"), content=b"x" * 1_000_000, headers=headers, timeout=60).json()
    around = len(json.dumps(small, separators=(",", ":"))) - 1_000_000 - len(tiny.url("echo")) + len(tiny.url("obey"))
    largest = httpx.post(tiny.url("obey"), content=b"x" * (limit - around), headers=headers, timeout=60)
    assert largest.status_code == 502, "it reached the function, which takes only JSON"
    refused = httpx.post(tiny.url("obey"), content=b"x" * (limit - around + 1), headers=headers, timeout=60)
    assert refused.status_code == 413
    assert refused.headers["x-amzn-errortype"] == "RequestTooLargeException"
    assert "6291556 bytes" in refused.json()["Message"]
    assert "the event has 6,291,557 bytes of 6,291,556; send less" in log_line(tiny, refused)


def test_fu26_a_body_far_above_the_limit_is_413_as_well(tiny: Tiny) -> None:
    assert tiny.post("obey", "x" * 12_000_000).status_code == 413


@pytest.fixture
def reserve(tiny: Tiny) -> Iterator[Callable[[int], None]]:
    """Reserve concurrency for `obey`, until the test's end."""
    api = client(tiny, "lambda")
    yield lambda number: api.put_function_concurrency(FunctionName="obey", ReservedConcurrentExecutions=number)
    api.delete_function_concurrency(FunctionName="obey")


def test_fu25_used_up_reserved_concurrency_is_429_with_the_cure_in_the_log(tiny: Tiny, reserve) -> None:
    reserve(1)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(tiny.obey, do="sleep", seconds=1)
        assert tiny.eventually(lambda: httpx.get(tiny.stack.health).json()["functions"]["obey"]["in_flight"] == 1)
        refused = tiny.obey(do="nothing")
        assert slow.result().status_code == 200
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (429, "TooManyRequestsException")
    assert "above ReservedConcurrentExecutions; raise it, or send less at once" in log_line(tiny, refused)
    assert tiny.obey(do="nothing").status_code == 200


def test_fu25_more_than_ten_requests_a_second_for_each_reserved_execution_are_429(tiny: Tiny, reserve) -> None:
    """Thirty at once come within a second on any machine; some find the one execution taken, which is a 429 as well."""
    reserve(1)
    assert tiny.obey(do="nothing").status_code == 200
    with httpx.Client(timeout=30) as http, ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: http.post(tiny.url("obey"), content='{"do": "nothing"}'), range(30)))
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = [log_line(tiny, answer) for answer in answers if answer.status_code == 429]
    assert any("more than 10 requests a second, 10 for each" in line for line in refused)


def test_fu25_reserved_0_throttles_every_call(tiny: Tiny, reserve) -> None:
    reserve(0)
    assert [tiny.obey(do="nothing").status_code for _ in range(3)] == [429] * 3


def test_fu24_a_url_that_nobody_was_granted_is_403_and_the_log_says_what_to_add(tiny: Tiny) -> None:
    answer = tiny.post("worker")
    assert (answer.status_code, answer.json()) == (403, {"Message": FORBIDDEN})
    line = log_line(tiny, answer)
    assert "nobody was granted lambda:InvokeFunctionUrl and lambda:InvokeFunction; add" in line
    assert "AWS::Lambda::Permission" in line


def test_fu28_responses_name_request_and_trace(tiny: Tiny) -> None:
    answer = httpx.get(tiny.url("echo"), timeout=60)
    assert answer.json()["requestContext"]["requestId"] == answer.headers["x-amzn-requestid"]
    assert answer.headers["x-amzn-trace-id"].startswith("Root=1-")
    assert answer.headers["connection"] == "keep-alive"
    asked = httpx.get(tiny.url("echo"), headers={"x-amzn-trace-id": "Root=1-5e6b4a90-abc", "connection": "close"})
    assert asked.headers["x-amzn-trace-id"] == asked.json()["headers"]["x-amzn-trace-id"] == "Root=1-5e6b4a90-abc"
    assert asked.headers["connection"] == "close"


def test_fu23_an_unknown_url_id_is_403_with_a_message_of_null(tiny: Tiny) -> None:
    answer = httpx.get(tiny.url("echo"), headers={"host": "nobody.lambda-url.us-east-1.on.aws"}, timeout=60)
    assert answer.status_code == 403
    assert answer.text == '{"Message":null}'
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert answer.headers["content-type"].startswith("application/json")


def test_fu23_a_known_url_id_reaches_its_function_at_any_url(tiny: Tiny) -> None:
    domain = httpx.get(tiny.url("echo"), timeout=60).json()["requestContext"]["domainName"]
    assert re.fullmatch(r"[a-z0-9]+\.lambda-url\.us-east-1\.on\.aws", domain)
    answer = httpx.post(tiny.url("obey"), headers={"host": domain}, timeout=60)
    assert answer.json()["requestContext"]["domainName"] == domain


def test_fu24_an_unsigned_request_is_403_and_the_log_says_why(tiny: Tiny) -> None:
    answer = httpx.post(tiny.url("guarded"), content=b"{}", timeout=60)
    assert (answer.status_code, answer.json()) == (403, {"Message": FORBIDDEN})
    assert f"RequestId {answer.headers['x-amzn-requestid']}" in tiny.log()
    assert "sign it with Signature Version 4 for service lambda" in tiny.log()


def test_fu24_fu06_a_signed_request_passes_and_its_event_says_who_signed(tiny: Tiny) -> None:
    url = tiny.url("guarded")
    request = AWSRequest("POST", url, data=b'{"a":1}', headers={"content-type": "application/json"})
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    answer = httpx.post(url, content=b'{"a":1}', headers=dict(request.headers.items()), timeout=60)
    assert answer.status_code == 200
    context = answer.json()["requestContext"]
    assert context["accountId"] == "000000000000"
    names = "accessKey accountId callerId cognitoIdentity principalOrgId userArn userId"
    assert set(context["authorizer"]["iam"]) == set(names.split())
    assert context["authorizer"]["iam"]["accessKey"] == "test"


def test_fu27_a_preflight_calls_nothing_and_every_answer_has_the_headers(tiny: Tiny) -> None:
    asking = {"origin": "https://a.example", "access-control-request-method": "POST"}
    answer = httpx.options(tiny.url("guarded"), headers=asking, timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-methods"] == "GET,POST"
    refused = httpx.post(tiny.url("guarded"), headers={"origin": "https://a.example"}, timeout=60)
    assert refused.status_code == 403
    assert refused.headers["access-control-allow-origin"] == "https://a.example"


def test_fu27_without_cors_settings_there_are_no_headers(tiny: Tiny) -> None:
    answer = httpx.options(tiny.url("echo"), headers={"origin": "https://a.example"}, timeout=30)
    assert not [name for name in answer.headers if name.startswith("access-control")]
