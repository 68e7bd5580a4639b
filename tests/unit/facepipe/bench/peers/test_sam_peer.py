"""What SAM is given, and which containers are removed after it."""

import json
from pathlib import Path

import pytest

from emulator.loading import load
from emulator.settings import Settings
from facepipe.bench.peers import sam_peer
from facepipe.bench.peers.measured_peer import PeerUnavailableError
from facepipe.bench.peers.measured_project import first_answer_project, whole_project
from facepipe.bench.peers.sam_images import containers_of
from facepipe.bench.peers.sam_peer import SamPeer, sam_template

PROJECT = whole_project("127.0.0.1:5")


def test_the_template_has_the_functions_with_a_url_as_images(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(sam_template(PROJECT, "own-image")))
    functions = load(Settings(path)).functions
    assert {function.image_uri for function in functions} == {"own-image:latest"}
    assert [function.command[0] for function in functions] == [
        PROJECT.functions[name].handler for name in PROJECT.with_urls
    ]


def test_each_function_has_a_path_of_the_http_api() -> None:
    resources = sam_template(PROJECT, "own-image")["Resources"]
    events = [resource["Properties"]["Events"]["Http"]["Properties"] for resource in resources.values()]
    assert [(event["Path"], event["Method"]) for event in events] == [
        (f"/{name}", "POST") for name in PROJECT.with_urls
    ]


def test_the_first_answer_needs_one_function_only() -> None:
    assert list(sam_template(first_answer_project(), "own-image")["Resources"]) == ["Echo"]


def test_only_containers_of_the_runs_own_image_are_removed() -> None:
    listed = "1 own:rapid-x86_64\n2 other:rapid-x86_64\n3 own\n4 own-and-more:latest\n5\n"
    assert containers_of("own", listed) == ["1", "3"]
    assert containers_of("own", "") == []


def test_without_docker_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam_peer, "docker_answers", lambda: False)
    with pytest.raises(PeerUnavailableError, match=r"no Docker engine answers"):
        SamPeer(tmp_path).prepare()
