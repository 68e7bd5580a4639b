"""Signature Version 4, as botocore makes it: FU-24."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.function_url.event import Request
from emulator.function_url.signature import KeyPair, SignatureError, verify

KEYS = KeyPair("test", "secret")


def now() -> datetime:
    """The clock that botocore signs by: read when a test runs, since collection may be long ago."""
    return datetime.now(UTC)


def signed(
    url: str = "http://127.0.0.1:9000/a%20b/?z=1&a=%2Fx&a=2",
    *,
    body: bytes = b'{"x": "\xc3\xa4"}',
    keys: Credentials | None = None,
    scope: tuple[str, str] = ("lambda", "us-east-1"),
    in_query: bool = False,
) -> Request:
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json", "host": "127.0.0.1:9000"})
    credentials = keys or Credentials("test", "secret", "token")
    auth = SigV4QueryAuth(credentials, *scope) if in_query else SigV4Auth(credentials, *scope)
    auth.add_auth(request)
    target = "/" + request.url.split("/", 3)[3]
    return Request("POST", target, list(request.headers.items()), body, "127.0.0.1")


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("path", ["/", "/a%20b/?z=1&a=%2Fx&a=2", "/?empty=", "/x~y/%C3%A4"])
def test_fu24_what_botocore_signs_is_taken(path: str, in_query: bool) -> None:
    body = b"" if in_query else b'{"x": "\xc3\xa4"}'  # botocore makes parameters of a body where it signs the query
    verify(signed(f"http://127.0.0.1:9000{path}", body=body, in_query=in_query), KEYS, "us-east-1", now())


def test_fu24_an_unsigned_request_is_refused() -> None:
    with pytest.raises(SignatureError, match="not signed"):
        verify(Request("POST", "/", (), b"", "127.0.0.1"), KEYS, "us-east-1", now())


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        ({"keys": Credentials("test", "wrong")}, "does not match"),
        ({"keys": Credentials("other", "secret")}, "'other' is not the emulator's"),
        ({"scope": ("execute-api", "us-east-1")}, "signed for .*/execute-api/"),
        ({"scope": ("lambda", "eu-west-1")}, "signed for .*/eu-west-1/"),
    ],
)
def test_fu24_a_request_signed_otherwise_is_refused(otherwise: dict[str, Any], why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        verify(signed(**otherwise), KEYS, "us-east-1", now())


@pytest.mark.parametrize("change", ["method", "target", "body", "header"])
def test_fu24_what_was_signed_cannot_be_changed(change: str) -> None:
    right = signed()
    changed = {
        "method": Request("PUT", right.target, right.headers, right.body, ""),
        "target": Request("POST", right.target + "&more=1", right.headers, right.body, ""),
        "body": Request("POST", right.target, right.headers, b"other", ""),
        "header": Request(
            "POST", right.target, [(n, "x" if n.lower() == "content-type" else v) for n, v in right.headers], b"", ""
        ),
    }
    with pytest.raises(SignatureError, match="does not match"):
        verify(changed[change], KEYS, "us-east-1", now())


@pytest.mark.parametrize("minutes", [-6, 6])
def test_fu24_an_old_signature_is_refused(minutes: int) -> None:
    with pytest.raises(SignatureError, match="s ago"):
        verify(signed(), KEYS, "us-east-1", now() + timedelta(minutes=minutes))
