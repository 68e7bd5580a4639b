"""What containers of `up --docker` may do, compared with those of compose.yaml."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.containers.container_arguments import (
    OWN_PYTHON_WORDS,
    FunctionNetwork,
    Machine,
    container_arguments,
    processor_share,
    whole_command,
)
from emulator.containers.container_image import ContainerImage
from emulator.resources import Function

COMPOSE = yaml.safe_load((Path(__file__).parents[4] / "compose.yaml").read_text())["x-function"]
FUNCTION = Function("F", "shop", "shop:1", (), 3, 1769, 1024)
IMAGE = ContainerImage("sha256:1", "shop:1", ("/entry", "app.handler"))


def arguments(function: Function = FUNCTION, image: ContainerImage = IMAGE) -> dict[str, Any]:
    machine = Machine(Path("/tools"), 9002, 4)
    return container_arguments(function, image, FunctionNetwork("net", "172.20.0.1"), machine=machine, token="secret")


def test_they_are_as_tight_as_those_of_compose() -> None:
    made = arguments()
    assert made["user"] == COMPOSE["user"] == "993:990"
    assert made["read_only"] is COMPOSE["read_only"] is True
    assert made["cap_drop"] == COMPOSE["cap_drop"] == ["ALL"]
    assert made["security_opt"] == COMPOSE["security_opt"]
    assert made["pids_limit"] == COMPOSE["pids_limit"]
    assert made["ulimits"] == [{"Name": "nofile", "Soft": 1024, "Hard": 1024}]
    assert COMPOSE["ulimits"] == {"nofile": {"soft": 1024, "hard": 1024}}
    assert made["mem_limit"] == made["memswap_limit"] == 1769 << 20
    assert COMPOSE["mem_limit"] == COMPOSE["memswap_limit"] == "1769m"
    assert made["nano_cpus"] == COMPOSE["cpus"] * 10**9


def test_tmp_has_the_size_of_the_functions_ephemeral_storage() -> None:
    assert arguments()["tmpfs"] == {"/tmp": "size=1024m,mode=1777,exec"}
    assert COMPOSE["tmpfs"] == ["/tmp:size=512m,mode=1777,exec"]


def test_the_network_is_the_functions_and_the_emulator_is_called_aws_on_it() -> None:
    made = arguments()
    assert (made["network"], made["extra_hosts"]) == ("net", {"aws": "172.20.0.1"})
    assert not set(made) & {"ports", "privileged", "network_mode", "cap_add"}


def test_the_token_is_in_no_command_line() -> None:
    made = arguments()
    assert made["environment"] == {"FACEPIPE_LINK_TOKEN": "secret"}
    assert "secret" not in str([made["entrypoint"], made["command"]])


def test_the_supervisor_comes_first_and_ends_with_its_connection() -> None:
    made = arguments()
    entry_point = made["entrypoint"]
    assert isinstance(entry_point, list)
    assert entry_point[:2] == ["python3", "/facepipe/supervisor.pyz"]
    assert entry_point[-2:] == ["--once", "--"]
    assert entry_point[entry_point.index("--emulator") + 1] == "aws:9002"
    assert made["command"] == ["/entry", "app.handler"]
    assert made["volumes"] == {"/tools": {"bind": "/facepipe", "mode": "ro,z"}}


def test_an_image_without_python_gets_one_that_is_mounted() -> None:
    made = arguments(image=ContainerImage("sha256:1", "x", ("/bootstrap",), OWN_PYTHON_WORDS))
    entry_point = made["entrypoint"]
    assert isinstance(entry_point, list)
    assert entry_point[0] == "/facepipe-python/lib/ld.so"
    assert entry_point[3:5] == ["/facepipe-python/bin/python3", "/facepipe/supervisor.pyz"]
    assert made["volumes"]["/python"] == {"bind": "/facepipe-python", "mode": "ro,z"}


def test_a_working_directory_of_image_config_is_taken_else_the_images() -> None:
    assert "working_dir" not in arguments()
    assert (
        arguments(image=ContainerImage("sha256:1", "x", ("a",), working_directory="/opt/x"))["working_dir"] == "/opt/x"
    )


@pytest.mark.parametrize(
    ("memory_mb", "processors", "share"),
    [(1769, 4, 1_000_000_000), (128, 4, 72_357_263), (3538, 4, 2_000_000_000), (10240, 2, 2_000_000_000)],
)
def test_processors_go_by_memory_and_are_never_more_than_there_are(memory_mb: int, processors: int, share: int) -> None:
    assert processor_share(memory_mb, processors) == share


@pytest.mark.parametrize(
    ("entry_point", "command", "whole"),
    [
        ((), (), ("/own", "a.handler")),
        ((), ("b.handler",), ("/own", "b.handler")),
        (("/mine", "-x"), (), ("/mine", "-x", "a.handler")),
        (("/mine",), ("b.handler",), ("/mine", "b.handler")),
    ],
)
def test_image_config_replaces_entry_point_and_command_each_for_itself(
    entry_point: tuple[str, ...], command: tuple[str, ...], whole: tuple[str, ...]
) -> None:
    described = {"Config": {"Entrypoint": ["/own"], "Cmd": ["a.handler"]}}
    assert whole_command(described, entry_point, command) == whole


def test_an_image_may_have_neither() -> None:
    assert whole_command({"Config": {"Entrypoint": None, "Cmd": None}}, (), ()) == ()
