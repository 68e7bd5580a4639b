"""What the start says: addresses in one block, and why an emulator cannot start beside another."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator.app import Emulator, run
from emulator.file_lock import lock_beside
from emulator.free_ports import free_ports
from emulator.kept_places import JournalPlace
from emulator.loading import EmulatorError
from emulator.parts.foundation import StandIns
from emulator.resources import Function, FunctionUrl, Queue
from emulator.setting import SettingsError, read_settings
from emulator.settings import Ports, Settings
from tests.unit.emulator.stacks import resources

ECHO = Function("Echo", "echo", "image", (), 3, 128, 512)
TEMPLATE = resources(
    queues=[Queue("Jobs", "jobs", {})],
    functions=[ECHO],
    urls=[FunctionUrl("EchoUrl", "echo", "NONE"), FunctionUrl("Second", "echo", "NONE")],
)


def settings(**changed: Any) -> Settings:
    return replace(Settings(Path("none")), **{"ports": free_ports(), **changed})


def started(used: Settings) -> list[str]:
    """Start an emulator; return what it said."""
    said: list[str] = []

    async def main() -> None:
        scripts = StandIns({"echo": lambda event, context: None})
        async with asyncio.timeout(240), Emulator(used, TEMPLATE, said.append, stand_ins=scripts):
            pass

    asyncio.run(main())
    return said


def refused(used: Settings) -> str:
    """Return the error with which a start ends."""
    with pytest.raises(EmulatorError) as error:
        asyncio.run(run(used, lambda line: None, TEMPLATE))
    return str(error.value)


def test_all_addresses_are_one_block_at_the_end_of_the_start() -> None:
    used = settings()
    said = started(used)
    ports = used.ports
    block = said[said.index("") + 1 : said.index("ready") - 1]
    assert block == [
        f"    echo        http://127.0.0.1:{ports.url}/",
        f"    echo        http://127.0.0.1:{ports.url + 10}/",
        f"    jobs        http://127.0.0.1:{ports.sqs}/000000000000/jobs",
        f"    SQS         http://127.0.0.1:{ports.sqs} in region us-east-1; calls may be signed for any region",
        f"    Lambda API  http://127.0.0.1:{ports.api}",
        f"    health      http://127.0.0.1:{ports.api}/health",
    ]


@pytest.mark.parametrize(
    ("option", "changed"),
    [("--sqs-port", "sqs"), ("--api-port", "api"), ("--link-port", "link"), ("--functions-port", "functions")],
)
def test_a_taken_port_is_one_line_with_the_cure(option: str, changed: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as program:
        number = program.getsockname()[1]
        message = refused(settings(ports=replace(free_ports(), **{changed: number})))
    assert message == (
        f"port {number} is taken (another program, perhaps an emulator, listens on it): stop that, or choose another"
        f" with {option}; a second emulator: --url-port 9100 --api-port 9101 --link-port 9102 --functions-port 9103"
        " --sqs-port 9424 --queues memory --journal FILE"
    )


def test_two_options_with_one_port_are_named() -> None:
    ports = replace(free_ports(), api=9500, sqs=9500)
    assert refused(settings(ports=ports)) == (
        "--api-port and --sqs-port are both 9500: give each a port number of its own"
    )


def test_a_further_url_needs_a_port_that_exists() -> None:
    ports = replace(free_ports(), url=65_530)
    with pytest.raises(ExceptionGroup) as error:
        started(settings(ports=ports))
    assert "there is no port 65540: choose a lower one with --url-port" in str(error.value.exceptions[0])


def test_a_journal_that_another_emulator_writes_is_left_to_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "journal.sqlite"
    with lock_beside(file):
        started(settings(journal=JournalPlace(file)))
    assert f"the journal {file} is in use by another emulator (process " in caplog.text
    assert "give this one a file of its own with --journal FILE" in caplog.text
    assert not file.exists()


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_of_the_shell_is_the_stacks(variable: str) -> None:
    used = read_settings(settings(), {}, {variable: "eu-central-1"})
    assert used.region == "eu-central-1"
    (line,) = [line for line in started(used) if "region" in line]
    assert "in region eu-central-1" in line


def test_the_option_goes_before_the_variables_and_aws_region_before_the_default_one() -> None:
    shell = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}
    assert read_settings(Settings(), {}, shell).region == "eu-west-1"
    assert read_settings(Settings(), {"--region": ["sa-east-1"]}, shell).region == "sa-east-1"


@pytest.mark.parametrize(
    ("text", "cure"),
    [("us-east", "such as us-east-1"), ("Frankfurt", "such as us-east-1"), ("cn-north-1", "are not emulated")],
)
def test_a_region_that_is_none_is_named(text: str, cure: str) -> None:
    with pytest.raises(SettingsError, match=f"AWS_REGION is '{text}': .*{cure}"):
        read_settings(Settings(), {}, {"AWS_REGION": text})


def test_ports_are_distinct_unless_given_otherwise() -> None:
    assert len({getattr(Ports(), name) for name in ("url", "api", "link", "functions", "sqs")}) == 5
