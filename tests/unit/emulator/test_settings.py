"""What a container's variables mean."""

from pathlib import Path

import pytest

from emulator.settings import Access, SettingsError, from_environment


@pytest.mark.parametrize(
    ("value", "journal", "off"),
    [("", None, False), ("off", None, True), ("/journal/journal.sqlite", Path("/journal/journal.sqlite"), False)],
)
def test_the_journal_is_a_file_in_memory_or_off(value: str, journal: Path | None, off: bool) -> None:
    settings = from_environment({"FACEPIPE_JOURNAL": value})
    assert (settings.journal, settings.journal_off) == (journal, off)


def test_addresses_are_those_of_this_machine_unless_said_otherwise() -> None:
    settings = from_environment({})
    assert (settings.queue_port, settings.functions_endpoint) == ("http://127.0.0.1:9324", "http://127.0.0.1:9003")


def test_a_queue_server_of_ones_own_is_reached_through_the_queue_port() -> None:
    settings = from_environment({"FACEPIPE_SQS_ENDPOINT": "http://elasticmq:9324", "FACEPIPE_FUNCTIONS_HOST": "aws"})
    assert (settings.queue_port, settings.functions_endpoint) == ("http://127.0.0.1:9324", "http://aws:9003")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FACEPIPE_EVENT_RETRY_DELAYS", "soon"),
        ("FACEPIPE_PUBLIC_URL_PORT", "x"),
        ("FACEPIPE_PUBLIC_URL_PORT", "70000"),
        ("FACEPIPE_PARAMETERS", "Nothing"),
    ],
)
def test_a_variable_that_is_not_understood_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable if variable != "FACEPIPE_PARAMETERS" else "Nothing"):
        from_environment({variable: value})


def test_names_of_tunnels_and_open_urls_are_read_from_variables() -> None:
    access = from_environment(
        {"FACEPIPE_ALLOW_HOSTS": "My-Tunnel.example:443 10.0.0.7", "FACEPIPE_ANY_ORIGIN": "echo obey"}
    ).access
    assert access == Access(("my-tunnel.example", "10.0.0.7"), ("echo", "obey"))
    assert from_environment({}).access == Access()


@pytest.mark.parametrize("host", ["https://my-tunnel.example", "*.example", "a/b", "a..b", "-"])
def test_what_is_no_host_name_is_refused_by_its_setting(host: str) -> None:
    with pytest.raises(SettingsError, match="FACEPIPE_ALLOW_HOSTS .* write a host name alone"):
        from_environment({"FACEPIPE_ALLOW_HOSTS": host})
