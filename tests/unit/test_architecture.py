"""Who may import whom: the application and the emulator never meet, and some libraries stay in their files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("services", "emulator", "images", "facepipe/client", "facepipe/ship")

#: what each part may import of the others; the rest of facepipe/, the program, may import them all
ALLOWED = {
    "services": {"services"},
    "emulator": {"emulator"},
    "images": {"images", "services"},
    "facepipe/client": {"facepipe/client"},
    "facepipe/ship": {"facepipe/ship"},
}

#: a library → the files that may import it
HOMES = {
    "boto3": {
        "services/outbox.py",
        "services/face_recognition/gallery_source.py",
        "facepipe/client/",
        "facepipe/ship/",
    },
    "botocore": {
        "services/outbox.py",
        "services/face_recognition/gallery_source.py",
        "facepipe/client/",
        "facepipe/ship/",
        "emulator/queues.py",
    },
    "aiobotocore": {"emulator/queues.py"},
    "onnxruntime": {"services/models.py"},
    "onnx": {"images/models/"},
    "matplotlib": set(),
    "moto": set(),
    "prometheus_client": {"emulator/journal/counters.py"},
    "sqlite3": {"emulator/journal/"},
    "torch": {"services/facenet.py"},
    "facenet_pytorch": {"services/facenet.py"},
}


def sources(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


def imports(source: Path) -> Iterator[str]:
    """Full names of the modules that a file imports anywhere, also inside functions."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: imports are absolute"
            yield node.module or ""


def part_of(module: str) -> str:
    """The part that a module is of; the program and its verbs are `facepipe`."""
    first, *rest = module.split(".")
    below = f"facepipe/{rest[0]}" if first == "facepipe" and rest else ""
    return below if below in PARTS else first


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    files = sources(part)
    assert files, f"no sources found in {part}/: the rule would hold for nothing"
    for source in files:
        parts = {part_of(name) for name in imports(source)} & {*PARTS, "facepipe"}
        assert parts <= ALLOWED[part], f"{source.relative_to(ROOT)} imports {parts - ALLOWED[part]}"


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_in_its_files(library: str) -> None:
    for part in PARTS:
        for source in sources(part):
            path = source.relative_to(ROOT).as_posix()
            if any(name.split(".")[0] == library for name in imports(source)):
                assert any(path.startswith(home) for home in HOMES[library]), f"{path} imports {library}"


def test_only_pictures_of_measurements_need_matplotlib() -> None:
    users = [source for source in sources("facepipe") if any(n.startswith("matplotlib") for n in imports(source))]
    assert [source.relative_to(ROOT).as_posix() for source in users] == ["facepipe/bench/picture.py"]


def test_the_supervisor_runs_in_any_image() -> None:
    """It is mounted into images that hold nothing of this project: the standard library is all it has."""
    import sys

    for source in sources("emulator/supervisor"):
        for name in imports(source):
            own = name.startswith("emulator.supervisor.")
            assert own or name.split(".")[0] in sys.stdlib_module_names, f"{source.name} imports {name}"


@pytest.mark.parametrize("part", ["environments", "event_source", "function_url"])
def test_what_happens_is_told_as_events_and_no_part_knows_who_listens(part: str) -> None:
    files = sources(f"emulator/{part}")
    assert files
    for source in files:
        assert not any(name.startswith("emulator.journal") for name in imports(source)), f"{source} knows the journal"


def test_only_one_file_knows_rie_by_its_protocol() -> None:
    for source in sources("emulator"):
        if "2015-03-31/functions/function/invocations" in source.read_text(encoding="utf-8"):
            assert source.name == "rie.py", f"{source.relative_to(ROOT)} speaks RIE's protocol"


def test_the_application_does_not_know_where_it_runs() -> None:
    """No `if local`: the only difference is the environment."""
    for source in sources("services"):
        text = source.read_text(encoding="utf-8").lower()
        for word in ("localhost", "127.0.0.1", "elasticmq", "emulator", "is_local"):
            assert word not in text, f"{source.relative_to(ROOT)} mentions {word}"
