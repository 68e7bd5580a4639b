"""compose.yaml repeats nothing of template.yaml that is not compared here. Needs no Docker."""

from pathlib import Path

import pytest
import yaml

from emulator.template import Place, load_file

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("face-detection", "face-recognition")


@pytest.fixture(scope="module")
def services() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="module")
def functions() -> dict:
    place = Place(queue_url=lambda name: name, function_url=str)
    return {f.name: f for f in load_file(ROOT / "template.yaml", place=place, parameters={}).functions}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rt04_memory_and_cpu_are_the_templates(services: dict, functions: dict, name: str) -> None:
    memory = functions[name].memory_mb
    assert services[name]["mem_limit"] == services[name]["memswap_limit"] == f"{memory}m"
    assert services[name]["cpus"] == pytest.approx(memory / 1769, abs=0.01)
    assert (services[name]["pids_limit"], services[name]["ulimits"]["nofile"]["hard"]) == (1024, 1024)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rt02_tmp_has_the_templates_size(services: dict, functions: dict, name: str) -> None:
    (tmp,) = services[name]["tmpfs"]
    assert f"size={functions[name].ephemeral_storage_mb}m" in tmp


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_command_is_the_images_own_behind_the_supervisor(services: dict, functions: dict, name: str) -> None:
    """An overridden entry point hides the image's, so the command repeats it: here it is compared."""
    lines = (ROOT / "images/Dockerfile").read_text().split(f"AS {name}\n")[1].split("\nFROM")[0]
    entrypoint = ["/usr/bin/python3", "-m", "awslambdaric"]
    assert services[name]["command"] == [*entrypoint, *functions[name].command]
    assert f'CMD ["{functions[name].command[0]}"]' in lines
    assert services[name]["entrypoint"][:2] == ["/usr/bin/python3", "/facepipe/supervisor.pyz"]
    assert services[name]["entrypoint"][3] == name


@pytest.mark.parametrize("name", [*FUNCTIONS, "emulator", "elasticmq"])
def test_every_container_is_confined(services: dict, name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_service_for_people_has_no_network_and_shares_a_socket_with_the_emulator_alone(services: dict) -> None:
    people = services["people"]
    assert (people["network_mode"], "ports" in people, "networks" in people) == ("none", False, False)
    assert (people["read_only"], people["cap_drop"]) == (True, ["ALL"])
    assert people["cap_add"] == services["enrol"]["cap_add"], "what changes the gallery in a folder of the user's"
    assert people["security_opt"] == ["no-new-privileges:true"]
    mounts = {
        name: [m for m in options.get("volumes", ()) if m.startswith("people:")] for name, options in services.items()
    }
    assert {name: found for name, found in mounts.items() if found} == {
        "people": ["people:/run/people"],
        "emulator": ["people:/run/people:ro"],
    }
    volume = yaml.safe_load((ROOT / "compose.yaml").read_text())["volumes"]["people"]["driver_opts"]
    assert volume["type"] == "tmpfs"
    assert "mode=2770,gid=990" in volume["o"], "the emulator's group alone opens the socket"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_no_way_out(services: dict, name: str) -> None:
    """And none to each other: each has a network of its own."""
    assert services[name]["networks"] == [name]
    assert "ports" not in services[name]
    assert yaml.safe_load((ROOT / "compose.yaml").read_text())["networks"][name] == {"internal": True}
    on_it = [service for service in services if name in services[service].get("networks", ())]
    assert on_it == [name, "emulator"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_functions_token_is_on_a_volume_that_it_and_the_emulator_mount(services: dict, name: str) -> None:
    """In memory, writable by the emulator only, under the name that the emulator looks for."""
    volume = f"token-{name}"
    mounts = {
        service: mount
        for service, options in services.items()
        for mount in options.get("volumes", ())
        if mount.startswith(f"{volume}:")
    }
    assert mounts == {name: f"{volume}:/run/facepipe:ro", "emulator": f"{volume}:/run/facepipe/{name}"}
    options = yaml.safe_load((ROOT / "compose.yaml").read_text())["volumes"][volume]["driver_opts"]
    assert options["type"] == "tmpfs"


def test_the_emulator_stops_before_what_it_calls(services: dict) -> None:
    """Compose stops what depends on others first: the calls in flight need functions and queues to the end."""
    assert {*FUNCTIONS, "elasticmq"} <= set(services["emulator"]["depends_on"])
    assert not any("emulator" in options.get("depends_on", {}) for options in services.values())


def test_the_journal_is_on_a_volume_that_the_emulator_may_write_to(services: dict) -> None:
    """A new volume takes its owner from the image's folder: nothing else in the emulator's container can be written."""
    emulator = services["emulator"]
    assert emulator["environment"]["FACEPIPE_JOURNAL"] == "${FACEPIPE_JOURNAL:-/journal/journal.sqlite}"
    assert emulator["environment"]["FACEPIPE_QUEUES"].startswith("/journal/")  # accepted Event invocations
    assert "journal:/journal" in emulator["volumes"]
    assert emulator["user"] == "993:990"
    stage = (ROOT / "images/Dockerfile").read_text().split("AS emulator\n")[1]
    assert "RUN install -d -o 993 -g 990 /journal" in stage
    assert "journal" in yaml.safe_load((ROOT / "compose.yaml").read_text())["volumes"]


def test_the_queue_port_is_the_emulators(services: dict) -> None:
    """What it leads to publishes none, so that nobody goes past it."""
    assert "ports" not in services["elasticmq"]
    assert services["elasticmq"]["networks"] == ["queues"]
    assert "127.0.0.1:${FACEPIPE_SQS_PORT:-9324}:9324" in services["emulator"]["ports"]
    environment = services["emulator"]["environment"]
    assert environment["FACEPIPE_SQS_ENDPOINT"] == "http://elasticmq:9324"
    assert environment["FACEPIPE_PUBLIC_SQS"] == "http://127.0.0.1:${FACEPIPE_SQS_PORT:-9324}"


def test_functions_find_aws_at_the_emulator_on_their_own_network(services: dict) -> None:
    """And each listener of the emulator is on its own network: what is published there is not there for functions."""
    emulator = services["emulator"]
    host = emulator["environment"]["FACEPIPE_FUNCTIONS_HOST"]
    listen = emulator["environment"]["FACEPIPE_FUNCTIONS_LISTEN"].split()
    networks = {name: (options or {}).get("aliases", []) for name, options in emulator["networks"].items()}
    assert {name: networks[name] for name in FUNCTIONS} == {
        name: [host, address] for name, address in zip(FUNCTIONS, listen, strict=True)
    }
    assert networks["outside"] == [emulator["environment"]["FACEPIPE_HOST"]]
    assert networks["queues"] == [], "nothing listens there"
    assert not any("9003" in port or "9002" in port for port in emulator["ports"])


def test_ports_are_on_127_0_0_1_only(services: dict) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_base_images_are_held_to_a_digest_only_where_one_is_named(services: dict) -> None:
    """Compose and Dockerfile leave `:+` out where the variable is empty: then the tag decides."""
    lines = (ROOT / "images/Dockerfile").read_text().splitlines()
    assert "ARG BASE_DIGEST=" in lines
    assert "FROM ${BASE}${BASE_DIGEST:+@${BASE_DIGEST}} AS python" in lines
    assert services["prepare"]["build"]["args"]["BASE_DIGEST"] == "${FACEPIPE_BASE_DIGEST:-}"
    tag = "softwaremill/elasticmq:1.7.1"
    assert services["elasticmq"]["image"] == tag + "${FACEPIPE_ELASTICMQ_DIGEST:+@${FACEPIPE_ELASTICMQ_DIGEST:-}}"
