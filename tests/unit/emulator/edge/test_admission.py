"""Who is let in: attacks and honest callers beside each other, as tables of headers."""

import pytest

from emulator.edge.admission import ANY_ORIGIN, AdmissionRules, Provenance, Refusal, refusal

PLAIN, URL = AdmissionRules(hosts=("my-tunnel.example",)), AdmissionRules(hosts=("my-tunnel.example",), navigable=True)
HERE = "127.0.0.1:9000"


def asked(rules: AdmissionRules = PLAIN, method: str = "POST", host: str = HERE, **headers: str) -> Refusal | None:
    names = {"origin": "origin", "site": "sec-fetch-site", "mode": "sec-fetch-mode", "dest": "sec-fetch-dest"}
    return refusal(Provenance.read(method, {"host": host, **{names[k]: v for k, v in headers.items()}}), rules)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:9000",
        "127.0.0.1",
        "[::1]:9000",
        "192.168.1.5:9001",
        "10.0.0.7",
        "[fd00::5]:9000",
        "localhost:9000",
        "LOCALHOST",
        "app.localhost:9000",
        "localhost.:9000",
        "emulator:9000",
        "aws:9003",
        "my_service",
        "laptop.local:9000",
        "host.docker.internal:9324",
        "sqs.eu-central-1.amazonaws.com",
        "queue.amazonaws.com",
        "lambda.us-east-1.amazonaws.com:443",
        "abc.lambda-url.us-east-1.on.aws",
        "my-tunnel.example",
        "My-Tunnel.Example:443",
        "",
    ],
)
def test_names_of_this_machine_networks_and_aws_are_let_in(host: str) -> None:
    assert asked(host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:9001",
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example.",
        "127.0.0.1.nip.io:9000",
        "x.docker.internal",
        "sqs.us-east-1.amazonaws.com.evil.example",
        "127.0.0.1, evil.example",
        "evil.example:9001:9001",
        "[::1].evil.example",
        "a b",
        "..",
        "other.my-tunnel.example",
    ],
)
def test_a_rebound_name_is_refused_with_the_cure(host: str) -> None:
    found = asked(host=host)
    assert found is not None
    assert "--allow-host" in found.cure


@pytest.mark.parametrize("host", [HERE, "evil.example"])
def test_a_rebound_name_is_refused_whatever_else_is_sent(host: str) -> None:
    told = {"origin": "http://evil.example", "site": "same-origin", "mode": "navigate", "dest": "document"}
    assert asked(AdmissionRules(navigable=True), "GET", host="evil.example", **told) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "https://localhost",
        "http://[::1]:8080",
        "http://app.localhost:8000",
        "https://my-tunnel.example",
        "https://my-tunnel.example:8443",
        "http://127.0.0.1:9000",
        "http://127.0.0.2:1",
        "http://0.0.0.0:8000",
        "http://[::]:8000",
        "http://[::ffff:7f00:1]:8000",
    ],
)
@pytest.mark.parametrize("site", ["", "same-site", "cross-site"])
def test_a_page_of_this_machine_or_of_an_allowed_host_may_call(origin: str, site: str) -> None:
    assert asked(origin=origin, site=site) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.example:9000",
        "http://localhost.evil.example",
        "https://localhost@evil.example",
        "http://6.6.6.6",
        "http://[::ffff:606:606]",
        "http://emulator:9001",
        "file://",
        "chrome-extension://abc",
        "http://",
        "localhost",
        "*",
        "http://127.0.0.1.evil.example",
        "https://sqs.us-east-1.amazonaws.com",
        "null",
    ],
)
@pytest.mark.parametrize("site", ["", "same-origin", "same-site", "none", "cross-site"])
def test_a_page_of_another_origin_may_not_whatever_its_fetch_headers(origin: str, site: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert asked(URL, method, origin=origin, site=site, mode="navigate", dest="document") is not None


@pytest.mark.parametrize("host", ["192.168.1.5:9001", "emulator:9001", "laptop.local:9001", "my-tunnel.example"])
def test_a_ports_own_page_may_call_it_by_the_name_it_was_opened_with(host: str) -> None:
    assert asked(host=host, origin=f"http://{host}") is None
    assert asked(host=host, origin="http://192.168.1.6:9001") is not None


def test_null_is_refused_with_the_cure() -> None:
    found = asked(origin="null", site="cross-site")
    assert found is not None
    assert "Origin: null" in found.reason
    assert "http.server" in found.cure


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_without_an_origin_the_site_counts(site: str) -> None:
    """Images, scripts and forms with GET send no Origin."""
    found = asked(method="GET", host="laptop.local", site=site, dest="image")
    assert found is not None
    assert "Sec-Fetch-Site" in found.reason


@pytest.mark.parametrize("site", ["", "none", "same-origin"])
def test_programs_typed_addresses_and_own_pages_send_no_origin(site: str) -> None:
    assert asked(method="GET", site=site) is None


@pytest.mark.parametrize("host", [HERE, "localhost:9000", "192.168.1.5:9000", "emulator:9000"])
def test_an_image_in_a_page_of_the_same_host_is_no_strangers(host: str) -> None:
    assert asked(method="GET", host=host, site="same-site", mode="no-cors", dest="image") is None


def test_a_link_may_lead_to_a_function_url_in_a_tab_of_its_own_only() -> None:
    link = {"site": "cross-site", "mode": "navigate", "dest": "document"}
    assert asked(URL, "GET", **link) is None
    assert asked(PLAIN, "GET", **link) is not None, "SQS takes actions in a GET"
    for change in ({"dest": "iframe"}, {"dest": "object"}, {"mode": "no-cors"}, {"dest": ""}):
        assert asked(URL, "GET", **{**link, **change}) is not None
    assert asked(URL, "POST", **link) is not None, "a form that posts; newer browsers send an Origin as well"


def test_what_a_urls_cors_names_may_call() -> None:
    named = AdmissionRules(origins=("https://app.example",))
    assert asked(named, origin="https://app.example") is None
    assert asked(named, origin="https://app.example:444") is not None
    assert asked(named, origin="http://app.example") is not None
    assert asked(AdmissionRules(origins=(ANY_ORIGIN,)), origin="https://evil.example") is None
    assert asked(AdmissionRules(origins=(ANY_ORIGIN,)), origin="null") is None
    assert asked(AdmissionRules(origins=(ANY_ORIGIN,)), host="evil.example", origin="http://evil.example") is not None


def test_a_message_repeats_no_control_character_of_a_stranger() -> None:
    for found in (asked(host="\x1b[31m\n"), asked(origin="http://\x1b]0;\u202e\n" + "x" * 1000)):
        assert found is not None
        assert str(found).isascii()
        assert str(found).isprintable()
        assert len(str(found)) < 500
