"""Which operations bring code, and who may call them; the kernel's tables and signatures are real ones."""

import asyncio
import contextlib
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.function_url.signature import KeyPair
from emulator.lambda_api.code_changes import CodeChanges, describe_code_change
from emulator.lambda_api.requests import HttpRequest
from emulator.resources.function_variables import RESERVED_VARIABLES
from emulator.supervisor import peer
from tests.unit.emulator.own_connections import own_connection

UPDATE, PATH = "UpdateFunctionConfiguration", "/2015-03-31/functions/f/configuration"
KEYS = KeyPair("facepipe-owner", "a-secret-of-this-user")
ENVIRONMENT = {"FunctionName": "f", "Environment": {"Variables": {"A": "b"}}}


def refusal(http: HttpRequest, *keys: KeyPair) -> str:
    return asyncio.run(CodeChanges(keys, "us-east-1", "the cure").refusal(UPDATE, ENVIRONMENT, http))


def request(**fields: Any) -> HttpRequest:
    return HttpRequest("PUT", PATH, {}, {"host": "127.0.0.1:9001"}, b"{}", **fields)


@pytest.mark.parametrize(
    ("operation", "parameters", "what"),
    [
        (UPDATE, {"FunctionName": "f", "Environment": {}}, f"{UPDATE} with Environment"),
        (UPDATE, {"FunctionName": "f", "Timeout": 3, "Layers": []}, f"{UPDATE} with Layers"),
        (UPDATE, {"FunctionName": "f", "Timeout": 3, "MemorySize": 128}, ""),
        ("UpdateFunctionCode", {"FunctionName": "f"}, "UpdateFunctionCode"),
        ("CreateFunction", {}, "CreateFunction"),
        ("Invoke", {"FunctionName": "f", "Payload": b"{}"}, ""),
        ("PutFunctionConcurrency", {"FunctionName": "f"}, ""),
    ],
)
def test_what_an_operation_brings(operation: str, parameters: dict[str, object], what: str) -> None:
    assert describe_code_change(operation, parameters) == what


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_process_of_this_user_is_known_by_its_socket(host: str) -> None:
    with own_connection(host) as (ends, client):
        assert refusal(request(ends=ends)) == ""
        assert refusal(request(ends=((host, 1), ends[1]))).endswith("the cure"), "there is no such connection"
        client.close()
        assert "only from the user who runs the emulator" in refusal(request(ends=ends)), "closed: it is nobody's"


@pytest.mark.parametrize(
    "browser",
    [{"origin": "http://localhost:3000"}, {"origin": "http://127.0.0.1:9000"}, {"sec-fetch-site": "same-site"}],
)
def test_a_page_cannot_bring_code_even_if_this_machine_serves_it_to_this_user(browser: dict[str, str]) -> None:
    """A browser's socket is its user's, whoever wrote the page: another user with a server here, or a function."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stack.enter_context(socket.create_connection(listener.getsockname()))
        accepted = stack.enter_context(listener.accept()[0])
        of_this_user = request(ends=(accepted.getpeername(), accepted.getsockname()))
        assert refusal(of_this_user) == ""
        of_a_page = replace(of_this_user, headers={**of_this_user.headers, **browser})
        assert "not taken from pages in a browser" in refusal(of_a_page)


def test_whom_the_kernel_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another machine, a container, or a system without /proc."""
    elsewhere = (("192.0.2.7", 40_000), ("192.0.2.1", 9_001))
    assert refusal(request(ends=elsewhere))
    assert refusal(request(ends=None))
    monkeypatch.setattr(peer, "TABLE", str(tmp_path / "none"))
    assert refusal(request(ends=elsewhere))


def signed(keys: KeyPair, body: bytes, *, region: str = "us-east-1") -> HttpRequest:
    sent = AWSRequest("PUT", f"http://127.0.0.1:9001{PATH}", data=body, headers={"content-type": "application/json"})
    SigV4Auth(Credentials(keys.access_key_id, keys.secret_access_key), "lambda", region).add_auth(sent)
    headers = {"host": "127.0.0.1:9001", **{name.lower(): value for name, value in sent.headers.items()}}
    return HttpRequest("PUT", PATH, {}, headers, body, PATH, None)


def test_a_signature_with_the_key_stands_for_this_user() -> None:
    body = json.dumps(ENVIRONMENT).encode()
    assert refusal(signed(KEYS, body), KEYS) == ""
    assert refusal(signed(KEYS, body), KeyPair("other", "key"), KEYS) == ""


def test_a_signature_that_is_not_quite_right_stands_for_nobody() -> None:
    body = json.dumps(ENVIRONMENT).encode()
    good = signed(KEYS, body)
    assert refusal(signed(KeyPair("facepipe-owner", "guessed"), body), KEYS)
    assert refusal(signed(KeyPair("test", "test"), body), KEYS)
    assert refusal(signed(KEYS, body, region="eu-west-1"), KEYS)
    changed = json.dumps({**ENVIRONMENT, "Environment": {"Variables": {"A": "evil"}}}).encode()
    assert refusal(HttpRequest("PUT", PATH, {}, good.headers, changed, PATH), KEYS)
    assert refusal(HttpRequest("PUT", PATH, {}, good.headers, body, PATH.replace("/f/", "/g/")), KEYS)
    late = CodeChanges([KEYS], "us-east-1", "", lambda: datetime(2099, 1, 1, tzinfo=UTC))
    assert asyncio.run(late.refusal(UPDATE, ENVIRONMENT, good))
    assert refusal(good), "no key is set"


def test_rt01_the_reserved_variables_are_those_that_cfn_lint_knows() -> None:
    from cfnlint.data.schemas.extensions import aws_lambda_function

    file = Path(aws_lambda_function.__path__[0]) / "environment_variable_keys.json"
    assert set(json.loads(file.read_text())["propertyNames"]["not"]["enum"]) == RESERVED_VARIABLES
