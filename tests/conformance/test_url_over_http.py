"""The Function URL over real HTTP: what a caller sends is what the function sees."""

import base64
import re
import socket

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conformance.conftest import Tiny


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH", "DELETE"])
def test_fu07_all_methods_reach_the_function(tiny: Tiny, method: str) -> None:
    answer = httpx.request(method, tiny.url("echo"), timeout=30)
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
    event = __import__("json").loads(answer.partition(b"\r\n\r\n")[2])
    assert event["rawPath"] == "/pa2%Fth/1"
    assert event["rawQueryString"] == "multi=foo&multi=%2Fbar"
    assert event["queryStringParameters"] == {"multi": "foo,/bar"}
    assert event["headers"]["x-a"] == "1,2"
    assert event["headers"]["extra-headers"] == "With WeiRd CapS"
    assert event["headers"]["host"] == "here"


def test_fu08_a_binary_body_arrives_whole(tiny: Tiny) -> None:
    body = bytes(range(256)) * 100
    event = httpx.post(tiny.url("echo"), content=body, headers={"content-type": "image/jpeg"}, timeout=30).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


def test_fu26_the_largest_event_passes_and_one_byte_more_is_413(tiny: Tiny) -> None:
    def post(size: int) -> int:
        return httpx.post(
            tiny.url("obey"), content=b"x" * size, headers={"content-type": "text/plain"}, timeout=60
        ).status_code

    limit = 6_291_556
    size = limit - 1500
    assert post(size) != 413
    assert post(limit) == 413


def test_fu28_responses_name_request_and_trace(tiny: Tiny) -> None:
    answer = httpx.get(tiny.url("echo"), timeout=30)
    assert answer.json()["requestContext"]["requestId"] == answer.headers["x-amzn-requestid"]
    assert answer.headers["x-amzn-trace-id"].startswith("Root=1-")


def test_fu23_an_unknown_url_id_is_403_with_a_message_of_null(tiny: Tiny) -> None:
    answer = httpx.get(tiny.url("echo"), headers={"host": "nobody.lambda-url.us-east-1.on.aws"}, timeout=30)
    assert answer.status_code == 403
    assert answer.text == '{"Message":null}'
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert answer.headers["content-type"].startswith("application/json")


def test_fu23_a_known_url_id_reaches_its_function_at_any_url(tiny: Tiny) -> None:
    domain = httpx.get(tiny.url("echo"), timeout=30).json()["requestContext"]["domainName"]
    assert re.fullmatch(r"[a-z0-9]+\.lambda-url\.us-east-1\.on\.aws", domain)
    answer = httpx.post(tiny.url("obey"), headers={"host": domain}, timeout=30)
    assert answer.json()["requestContext"]["domainName"] == domain


def test_fu24_an_unsigned_request_is_403_and_the_log_says_why(tiny: Tiny) -> None:
    answer = httpx.post(tiny.url("guarded"), content=b"{}", timeout=30)
    assert (answer.status_code, answer.json()) == (403, {"Message": "Forbidden"})
    assert f"RequestId {answer.headers['x-amzn-requestid']}" in tiny.log()
    assert "sign it with Signature Version 4 for service lambda" in tiny.log()


def test_fu24_fu06_a_signed_request_passes_and_its_event_says_who_signed(tiny: Tiny) -> None:
    url = tiny.url("guarded")
    request = AWSRequest("POST", url, data=b'{"a":1}', headers={"content-type": "application/json"})
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    answer = httpx.post(url, content=b'{"a":1}', headers=dict(request.headers.items()), timeout=30)
    assert answer.status_code == 200
    context = answer.json()["requestContext"]
    assert context["accountId"] == "000000000000"
    assert set(context["authorizer"]["iam"]) == {
        *("accessKey", "accountId", "callerId", "cognitoIdentity", "principalOrgId", "userArn", "userId")
    }
    assert context["authorizer"]["iam"]["accessKey"] == "test"


def test_fu27_a_preflight_calls_nothing_and_every_answer_has_the_headers(tiny: Tiny) -> None:
    asking = {"origin": "https://a.example", "access-control-request-method": "POST"}
    answer = httpx.options(tiny.url("guarded"), headers=asking, timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-methods"] == "GET,POST"
    refused = httpx.post(tiny.url("guarded"), headers={"origin": "https://a.example"}, timeout=30)
    assert refused.status_code == 403
    assert refused.headers["access-control-allow-origin"] == "https://a.example"


def test_fu27_without_cors_settings_there_are_no_headers(tiny: Tiny) -> None:
    answer = httpx.options(tiny.url("echo"), headers={"origin": "https://a.example"}, timeout=30)
    assert not [name for name in answer.headers if name.startswith("access-control")]
