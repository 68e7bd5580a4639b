"""The settings, as flags and variables give them."""

from pathlib import Path

import pytest

from emulator.access_settings import Access
from emulator.setting import SettingsError, all_settings, as_arguments, read_settings
from emulator.settings import Settings, from_environment


@pytest.mark.parametrize(
    ("value", "journal", "off"),
    [("", None, False), ("off", None, True), ("/journal/journal.sqlite", Path("/journal/journal.sqlite"), False)],
)
def test_the_journal_is_a_file_in_memory_or_off(value: str, journal: Path | None, off: bool) -> None:
    settings = from_environment({"FACEPIPE_JOURNAL": value})
    assert (settings.journal.file, settings.journal.off) == (journal, off)


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


GIVEN = {
    "--template": ["other.yaml"],
    "--parameter": ["A=1", "B=x=y"],
    "--environments": ["3", "detect=1"],
    "--url-port": ["9100"],
    "--sqs-port": ["9424"],
    "--engine": ["runtime-api"],
    "--journal": ["off"],
    "--allow-host": ["my-tunnel.example"],
    "--any-origin": ["echo", "obey"],
    "--sqs-endpoint": ["http://127.0.0.1:9999"],
}


def by_flag(arguments: list[str]) -> dict[str, list[str]]:
    flags: dict[str, list[str]] = {}
    for flag, text in zip(arguments[::2], arguments[1::2], strict=True):
        flags.setdefault(flag, []).append(text)
    return flags


@pytest.mark.parametrize("given", [{}, GIVEN])
def test_settings_that_are_written_as_a_command_line_are_read_as_the_same(given: dict[str, list[str]]) -> None:
    settings = read_settings(Settings(), given, {})
    assert read_settings(Settings(), by_flag(as_arguments(settings)), {}) == settings


def test_a_flag_goes_before_a_variable_and_a_variable_before_the_default() -> None:
    base, variables = Settings(), {"FACEPIPE_RUNTIME": "runtime-api"}
    assert read_settings(base, {}, variables).engine == "runtime-api"
    assert read_settings(base, {"--engine": ["rie"]}, variables).engine == "rie"
    assert read_settings(base, {}, {"FACEPIPE_RUNTIME": ""}).engine == "rie"


@pytest.mark.parametrize(
    ("flag", "variable", "text", "cure"),
    [
        ("--engine", "FACEPIPE_RUNTIME", "wheel", "choose one of rie, runtime-api"),
        ("--parameter", "FACEPIPE_PARAMETERS", "Half", "write it as Name=value"),
        ("--allow-host", "FACEPIPE_ALLOW_HOSTS", "*.example", "write a host name alone"),
    ],
)
def test_a_mistake_has_the_same_words_wherever_it_is_made(flag: str, variable: str, text: str, cure: str) -> None:
    for source, flags, variables in ((flag, {flag: [text]}, {}), (variable, {}, {variable: text})):
        with pytest.raises(SettingsError) as caught:
            read_settings(Settings(), flags, variables)
        assert str(caught.value).startswith(f"{source} is {text!r}: {cure}")


def test_no_two_settings_have_the_same_flag_or_variable() -> None:
    names = [name for about, _ in all_settings(Settings()) for name in (about.flag, about.variable) if name]
    assert len(names) == len(set(names))
