"""Clients of plain HTTP read no certificates, which takes longer than most requests."""

import ssl

import httpx
import pytest
from httpx._transports import default as httpx_transport

from facepipe.client.api import CollectedReport, ask
from facepipe.client.collect import CollectedResult
from facepipe.client.endpoints import EndpointError
from facepipe.client.http_clients import http_client

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
