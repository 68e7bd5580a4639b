"""Clients of plain HTTP read no certificates, which takes longer than most requests."""

import ssl

import httpx
import pytest
from httpx._transports import default as httpx_transport

from facepipe.client.api import CollectedReport, ask
from facepipe.client.collect import CollectedResult
from facepipe.client.endpoints import EndpointError, Endpoints, is_here, sqs_client
from facepipe.client.http_clients import ProxyError, http_client
from facepipe.function_calls import FunctionCalls

NOBODY = "http://127.0.0.1:1"


class CertificatesReadError(AssertionError):
    """Certificates were read."""


@pytest.fixture
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise CertificatesReadError

    monkeypatch.setattr(ssl, "create_default_context", read)
    # tests/conftest.py keeps what was read once
    monkeypatch.setattr(httpx_transport, "create_ssl_context", httpx.create_ssl_context)


@pytest.mark.usefixtures("no_certificates")
def test_an_emulator_is_asked_without_certificates() -> None:
    with pytest.raises(EndpointError, match="no emulator answers"):
        ask(NOBODY, "/health")


@pytest.mark.usefixtures("no_certificates")
def test_what_was_collected_is_told_without_certificates() -> None:
    CollectedReport(NOBODY, "responses")([CollectedResult("id", "result", sent_ms=0)])


@pytest.mark.usefixtures("no_certificates")
def test_tls_is_verified() -> None:
    with pytest.raises(CertificatesReadError):
        http_client("HTTPS://example.com/")


def test_a_client_takes_httpx_s_options() -> None:
    with http_client(NOBODY, timeout=3) as http:
        assert http.timeout == httpx.Timeout(3)


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name proxies in the environment, none of which may be asked; `no_proxy` is empty, as it often is."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy.invalid:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://localhost:9000/", "http://[::1]:9000/"])
def test_no_proxy_is_asked_for_this_machine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.invalid:1080")  # for which httpx needs another package
    with http_client(url) as http:
        assert not http._mounts
    assert sqs_client(Endpoints(sqs=url)).meta.config.proxies == {}
    assert FunctionCalls(Endpoints(api=url))._client.meta.config.proxies == {}


@pytest.mark.usefixtures("proxies")
def test_the_proxies_of_the_environment_are_asked_for_other_machines() -> None:
    with http_client("http://camera.example/") as http:
        assert http._mounts
    assert sqs_client(Endpoints(sqs="http://camera.example/")).meta.config.proxies is None


def test_a_proxy_that_needs_another_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.invalid:1080")
    with pytest.raises(ProxyError, match=r"camera\.example/: .*httpx\[socks\]"):
        http_client("http://camera.example/")


def test_an_address_of_another_machine_is_not_here() -> None:
    others = ("http://localhost.example/", "http://10.0.0.1/", "http://", "", "127.0.0.1:9000", "http://[")
    assert not any(map(is_here, others))
