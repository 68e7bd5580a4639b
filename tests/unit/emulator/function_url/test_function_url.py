"""Payload format 2.0, there and back, as pure functions; over HTTP in tests/conformance."""

import base64
import json
import re

import pytest

from emulator.aws.limits import PAYLOAD_BYTES
from emulator.function_url.event import Endpoint, Moment, Request, encode, to_event
from emulator.function_url.response import forbidden, to_response, too_large
from emulator.invocation import Outcome, OutcomeKind

ENDPOINT = Endpoint("abcdef", "us-east-1")
MOMENT = Moment(1584043438.5, "req-1", "Root=1-5e6b4a90-example")


def event(
    method: str = "POST", target: str = "/", headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
) -> dict:
    return to_event(Request(method, target, headers, body, "203.0.113.7"), ENDPOINT, MOMENT)


def test_fu01_the_keys_of_an_event() -> None:
    full = event(target="/p?q=1", headers=(("Cookie", "a=1; b=2"),), body=b"x")
    names = "version routeKey rawPath rawQueryString cookies headers queryStringParameters"
    assert set(full) == {*names.split(), "requestContext", "body", "isBase64Encoded"}
    assert (full["version"], full["routeKey"]) == ("2.0", "$default")
    assert full["cookies"] == ["a=1", "b=2"]
    assert {"cookies", "queryStringParameters", "body"} & set(event()) == set()


def test_fu02_header_names_are_lower_case_values_untouched_duplicates_joined() -> None:
    headers = event(headers=(("X-A", "1"), ("x-a", "2"), ("Extra-Headers", "With WeiRd CapS")))["headers"]
    assert headers["x-a"] == "1,2"
    assert headers["extra-headers"] == "With WeiRd CapS"


def test_fu03_what_aws_adds() -> None:
    headers = event(headers=(("Connection", "keep-alive"), ("Host", "here"), ("X-Forwarded-For", "10.0.0.1")))[
        "headers"
    ]
    assert "connection" not in headers
    assert headers["host"] == "here"
    assert headers["x-forwarded-for"] == "10.0.0.1, 203.0.113.7"
    assert (headers["x-forwarded-port"], headers["x-forwarded-proto"]) == ("443", "https")
    assert headers["x-amzn-trace-id"].startswith("Root=1-")
    assert {"x-amzn-tls-version", "x-amzn-tls-cipher-suite"} <= set(headers)


def test_fu04_query_parameters() -> None:
    parsed = event(target="/?multi=foo&multi=%2Fbar&empty=&a+b=c")
    assert parsed["queryStringParameters"] == {"multi": "foo,/bar", "empty": "", "a b": "c"}
    assert parsed["rawQueryString"] == "multi=foo&multi=%2Fbar&empty=&a+b=c"


def test_fu05_the_path_is_kept_as_sent() -> None:
    parsed = event(target="/pa2%Fth/1")
    assert parsed["rawPath"] == parsed["requestContext"]["http"]["path"] == "/pa2%Fth/1"


def test_fu06_the_request_context() -> None:
    context = event(headers=(("User-Agent", "camera/1"),))["requestContext"]
    assert context["accountId"] == "anonymous"
    assert context["domainName"] == "abcdef.lambda-url.us-east-1.on.aws"
    assert context["http"] == {
        "method": "POST",
        "path": "/",
        "protocol": "HTTP/1.1",
        "sourceIp": "203.0.113.7",
        "userAgent": "camera/1",
    }
    assert context["requestId"] == "req-1"
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])
    assert context["timeEpoch"] == 1584043438500
    assert (context["routeKey"], context["stage"]) == ("$default", "$default")
    assert (context["authentication"], context["authorizer"]) == (None, None)


TEXT = [
    "text/plain",
    "application/json",
    "application/json; charset=utf-8",
    "application/vnd.api+json",
    "image/svg+xml",
]


@pytest.mark.parametrize("kind", TEXT)
def test_fu08_text_types_arrive_as_text(kind: str) -> None:
    parsed = event(headers=(("Content-Type", kind),), body='{"ü": 1}'.encode())
    assert (parsed["body"], parsed["isBase64Encoded"]) == ('{"ü": 1}', False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"abc"),
        ("image/jpeg", b"\xff"),
        ("", b"abc"),
        ("application/json", b"\xff\xfe"),
    ],
)
def test_fu08_everything_else_arrives_in_base64(kind: str, body: bytes) -> None:
    parsed = event(headers=(("Content-Type", kind),) if kind else (), body=body)
    assert (base64.b64decode(parsed["body"]), parsed["isBase64Encoded"]) == (body, True)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_fu34_forms_arrive_in_base64(kind: str) -> None:
    parsed = event(headers=(("Content-Type", kind),), body=b"a=1")
    assert (base64.b64decode(parsed["body"]), parsed["isBase64Encoded"]) == (b"a=1", True)


def test_fu35_the_words_of_a_refusal() -> None:
    words = "Forbidden. For troubleshooting Function URL authorization issues, see: "
    address = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
    assert json.loads(forbidden("why").body) == {"Message": words + address}


def test_fu09_no_body_is_no_key() -> None:
    assert "body" not in event()
    assert event()["isBase64Encoded"] is False


def success(value: object) -> Outcome:
    return Outcome(OutcomeKind.SUCCESS, json.dumps(value).encode())


def test_fu20_a_proxied_response() -> None:
    response = to_response(
        success({"statusCode": 418, "headers": {"X-Tea": "pot"}, "body": "text \n", "cookies": ["a=1", "b=2"]})
    )
    assert (response.status, response.body) == (418, b"text \n")
    assert ("x-tea", "pot") in response.headers
    assert ("content-type", "application/json") in response.headers
    assert [value for name, value in response.headers if name == "set-cookie"] == ["a=1", "b=2"]
    encoded = to_response(
        success({"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True})
    )
    assert encoded.body == b"\x00\xff"


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"hello": "world"}, b'{"hello":"world"}'),
        (["hello", 3, True], b'["hello",3,true]'),
        (3, b"3"),
        (3.1, b"3.1"),
        (True, b"true"),
        ("hello", b"hello"),
    ],
)
def test_fu21_a_value_without_status_code_is_the_body(value: object, body: bytes) -> None:
    response = to_response(success(value))
    assert (response.status, response.body) == (200, body)
    assert ("content-type", "application/json") in response.headers


@pytest.mark.parametrize("kind", [k for k in OutcomeKind if k not in (OutcomeKind.SUCCESS, OutcomeKind.THROTTLED)])
def test_fu22_a_failure_is_502_and_the_log_knows_why(kind: OutcomeKind) -> None:
    response = to_response(Outcome(kind, b"{}", reason="because"))
    assert (response.status, response.body) == (502, b"Internal Server Error")
    assert f"{kind.value}: because" in response.why


@pytest.mark.parametrize(
    ("kind", "cure"), [(OutcomeKind.FUNCTION_ERROR, "fix the handler"), (OutcomeKind.CRASH, "see the end of")]
)
def test_fu22_the_log_names_a_cure_where_the_reason_has_none(kind: OutcomeKind, cure: str) -> None:
    assert cure in to_response(Outcome(kind, b"{}", reason="because")).why


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": ["a=1\r\nc: d"]},
        {"statusCode": 200, "headers": {"a": "b\0"}},
        {"statusCode": 200, "headers": {"a": "\ud800"}},
        {"statusCode": "²"},
        {"statusCode": "2" * 5_000},
        {"statusCode": 200, "body": "%%", "isBase64Encoded": True},
    ],
)
def test_fu22_a_malformed_response_is_502_with_the_cure_in_the_log(result: dict) -> None:
    response = to_response(success(result))
    assert response.status == 502
    assert response.why


@pytest.mark.parametrize(
    "payload", [b"[" * 100_000 + b"]" * 100_000, b'{"statusCode":200,"body":' + b"[" * 900 + b"]" * 900 + b"}"]
)
def test_fu22_a_response_nested_too_deep_is_502(payload: bytes) -> None:
    response = to_response(Outcome(OutcomeKind.SUCCESS, payload))
    assert (response.status, response.body) == (502, b"Internal Server Error")
    assert "levels" in response.why


@pytest.mark.parametrize("value", ["half \ud800", {"statusCode": 200, "body": "half \ud800"}])
def test_fu22_half_a_character_in_a_body_is_502_with_the_why(value: object) -> None:
    """JSON can hold half a surrogate pair, and UTF-8 cannot."""
    response = to_response(success(value))
    assert (response.status, response.body) == (502, b"Internal Server Error")
    assert "half a surrogate pair" in response.why


def test_fu25_throttling_is_429() -> None:
    response = to_response(Outcome(OutcomeKind.THROTTLED, b"{}", reason="why"))
    assert response.status == 429
    assert ("x-amzn-errortype", "TooManyRequestsException") in response.headers


def test_fu26_the_limit_is_that_of_the_event() -> None:
    assert PAYLOAD_BYTES == 6 * 1024 * 1024 + 100
    assert too_large(7_000_000).status == 413
    message = json.loads(too_large(7_000_000).body)["Message"]
    assert message == "Request must be smaller than 6291556 bytes for the Invoke operation"
    text = event(headers=(("Content-Type", "text/plain"),), body=b'"' * 100)
    assert len(encode(text)) > len(encode({**text, "body": ""})) + 190, "quotes count twice: they are escaped"
