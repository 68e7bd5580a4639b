"""Who may import whom: the application and the emulator never meet, and some libraries stay in their files."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("services", "emulator", "images", "facepipe/client", "facepipe/conformance", "facepipe/ship")

#: what each part may import of the others; the rest of facepipe/, the program, may import them all
ALLOWED = {
    "services": {"services"},
    "emulator": {"emulator"},
    "images": {"images", "services"},
    "facepipe/client": {"facepipe/client"},
    "facepipe/conformance": {"facepipe/conformance"},
    "facepipe/ship": {"facepipe/ship"},
}

#: a library → the files that may import it
HOMES = {
    "boto3": {
        "services/face_recognition/gallery_source.py",
        "facepipe/client/",
        "facepipe/conformance/",
        "facepipe/ship/",
    },
    "botocore": {
        "services/face_recognition/gallery_source.py",
        "facepipe/client/",
        "facepipe/conformance/",
        "facepipe/ship/",
        "emulator/cloudwatch_logs/",
        "emulator/lambda_api/",
        "emulator/queues/wire/",
        "emulator/template/aws_properties.py",
    },
    "onnxruntime": set(),
    "onnx": set(),
    "matplotlib": set(),
    "moto": set(),
    "samtranslator": {"emulator/template/sam.py"},
    "prometheus_client": {"emulator/journal/counters.py"},
    "sqlite3": {
        "emulator/journal/",
        "emulator/payloads/",
        "emulator/private_database.py",
        "emulator/queues/embedded/queue_store.py",
        "services/enrolment/kept_faces.py",
    },
    "watchfiles": {"emulator/reload/saved_files.py"},
    "torch": set(),
    "facenet_pytorch": set(),
}


def sources(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


@functools.cache
def nodes_of(source: Path) -> list[ast.AST]:
    """The nodes of a file's syntax tree: every rule looks at the same files."""
    return list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))


@functools.cache
def imports(source: Path) -> tuple[str, ...]:
    """Full names of the modules that a file imports anywhere, also inside functions."""
    return tuple(_imports(source))


def _imports(source: Path) -> Iterator[str]:
    for node in nodes_of(source):
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


def modules_behind(first: str) -> set[str]:
    """The modules of this project that importing one may import, by imports anywhere in them."""
    found, left = set[str](), [first]
    while left:
        module = left.pop()
        file = ROOT / f"{module.replace('.', '/')}.py"
        if module in found or not file.is_file():
            continue
        found.add(module)
        for node in nodes_of(file):
            if isinstance(node, ast.Import):
                left += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                left.append(str(node.module))
                left += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def test_the_fixture_imports_no_package_whose_name_a_project_may_have() -> None:
    """A project's tests run in the same process, and may import packages `services`, `emulator` or `images`."""
    found = modules_behind("facepipe.pytest_plugin")
    assert {"facepipe.pipeline", "facepipe.started_pipeline", "facepipe.client.send"} <= found
    assert {module.split(".")[0] for module in found} == {"facepipe"}


#: each function, its handler and its nets → what importing them must not load
FUNCTIONS = {"face_detection": "services.face_recognition", "face_recognition": "services.face_detection"}
NETS = {"face_detection": "kernel_detector", "face_recognition": "kernel_embedder"}
NEVER = ("services.nets.building", "services.enrolment", "facepipe", "images", "emulator")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_importing_a_function_loads_nothing_of_the_other_and_nothing_that_builds_nets(function: str) -> None:
    import subprocess
    import sys

    part = f"services.{function}"
    script = f"import sys, {part}.handler, {part}.{NETS[function]}; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert f"{part}.handler" in loaded
    assert not [name for name in loaded if name.startswith((FUNCTIONS[function], *NEVER))]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_nothing_of_the_other_at_any_time(function: str) -> None:
    found = modules_behind(f"services.{function}.main")
    assert f"services.{function}.{NETS[function]}" in found
    assert not [name for name in found if name.startswith((FUNCTIONS[function], *NEVER))]


def test_what_runs_the_nets_knows_no_function_and_nothing_that_builds_them() -> None:
    for source in (ROOT / "services/nets").glob("*.py"):
        own = [name for name in imports(source) if name.startswith("services.")]
        assert all(name.startswith("services.nets.") and "building" not in name for name in own), source.name


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_in_its_files(library: str) -> None:
    for part in PARTS:
        for source in sources(part):
            path = source.relative_to(ROOT).as_posix()
            if any(name.split(".")[0] == library for name in imports(source)):
                assert any(path.startswith(home) for home in HOMES[library]), f"{path} imports {library}"


def test_only_pictures_of_measurements_need_matplotlib() -> None:
    users = [source for source in sources("facepipe") if any(n.startswith("matplotlib") for n in imports(source))]
    assert [source.relative_to(ROOT).as_posix() for source in users] == [
        "facepipe/bench/picture.py",
        "facepipe/bench/soak_picture.py",
        "facepipe/evaluation/distance_picture.py",
        "facepipe/forecast/forecast_picture.py",
    ]


#: what a forecast may import of the emulator: rules and facts that do nothing by themselves, and readers
FORECAST_MAY = (
    "emulator.aws",
    "emulator.environments.environment_limits",
    "emulator.event_source.concurrency",
    "emulator.event_source.settle",
    "emulator.function_url.throttle",
    "emulator.invocation",
    "emulator.journal.durations",
    "emulator.journal.entries",
    "emulator.journal.store",
    "emulator.loading",
    "emulator.project.project_file",
    "emulator.region",
    "emulator.resources",
    "emulator.setting_texts",
    "emulator.settings",
    "emulator.template",
)


def test_a_forecast_uses_the_emulators_rules_and_runs_nothing_of_it() -> None:
    for source in sources("facepipe/forecast"):
        others = [name for name in imports(source) if part_of(name) == "emulator" and not name.startswith(FORECAST_MAY)]
        assert not others, f"{source.relative_to(ROOT)} imports {others}"


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


#: the emulator's calls, and the supervisor's own, which may import nothing of the emulator
SPEAK_TO_RIE = ("emulator/link/rie.py", "emulator/supervisor/init_ahead.py")


def test_only_one_file_of_each_program_knows_rie_by_its_protocol() -> None:
    for source in sources("emulator"):
        if "functions/function/invocations" in source.read_text(encoding="utf-8"):
            where = source.relative_to(ROOT).as_posix()
            assert where in SPEAK_TO_RIE, f"{where} speaks RIE's protocol"


def test_the_application_does_not_know_where_it_runs() -> None:
    """No `if local`: the only difference is the environment."""
    for source in sources("services"):
        text = source.read_text(encoding="utf-8").lower()
        for word in ("localhost", "127.0.0.1", "elasticmq", "emulator", "is_local"):
            assert word not in text, f"{source.relative_to(ROOT)} mentions {word}"


def test_facts_of_aws_import_nothing_of_ours() -> None:
    for source in sources("emulator/aws"):
        others = [name for name in imports(source) if name.startswith("emulator.") and "emulator.aws" not in name]
        assert not others, f"{source.name} imports {others}"


def test_resources_are_read_without_knowing_what_runs_them() -> None:
    may = ("emulator.aws", "emulator.resources", "emulator.properties", "emulator.json_text")
    for source in sources("emulator/resources"):
        others = [name for name in imports(source) if name.startswith("emulator.") and not name.startswith(may)]
        assert not others, f"{source.name} imports {others}"


def test_the_reader_of_properties_knows_no_resource() -> None:
    (source,) = [
        source for source in sources("emulator") if source.relative_to(ROOT / "emulator") == Path("properties.py")
    ]
    assert all(name.startswith("emulator.aws") for name in imports(source) if name.startswith("emulator"))


def numbers_in(source: Path) -> set[int]:
    """The whole numbers that a file spells out."""
    return {node.value for node in nodes_of(source) if isinstance(node, ast.Constant) and type(node.value) is int}


def test_a_number_of_aws_is_written_once() -> None:
    """Only numbers that cannot mean anything else are looked for: 900 and 4,096 stand for other things as well."""
    of_aws = {number for number in numbers_in(ROOT / "emulator/aws/limits.py") if number > 4_096 and number % 5_000}
    assert len(of_aws) > 5
    for source in everything_but_the_supervisor():
        assert not numbers_in(source) & of_aws, f"{source.relative_to(ROOT)}: take it from emulator/aws/limits.py"


def texts_in(source: Path) -> list[str]:
    """The texts that a file spells out, docstrings left out."""
    nodes = nodes_of(source)
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [node.value for node in constants if isinstance(node.value, str)]


@pytest.mark.parametrize(
    "name", ["arn:aws", "$LATEST", ".fifo", "/aws/lambda/", ".lambda-url.", "us-east-1", "000000000000", "2015-03-31"]
)
def test_a_name_of_aws_is_written_once(name: str) -> None:
    for source in everything_but_the_supervisor():
        where = source.relative_to(ROOT)
        assert not any(name in text for text in texts_in(source)), f"{where}: take it from emulator/aws/"


def everything_but_the_supervisor() -> list[Path]:
    homes = ("emulator/aws/", "emulator/supervisor/")
    return [source for source in sources("emulator") if not source.relative_to(ROOT).as_posix().startswith(homes)]


def test_what_the_supervisor_repeats_of_aws_is_the_same() -> None:
    """It cannot import the emulator's facts: it runs inside images."""
    from emulator.aws import limits
    from emulator.supervisor import runtime_answers

    assert runtime_answers.PAYLOAD_BYTES == limits.PAYLOAD_BYTES


def test_the_supervisor_runs_on_python_3_8() -> None:
    """Images bring their own Python. Names that came later are not in the grammar, so those in reach are looked for."""
    later = {"removeprefix", "removesuffix", "to_thread", "timeout_at", "TaskGroup", "pairwise", "bit_count"}
    for source in [*sources("emulator/supervisor"), ROOT / "emulator/__init__.py"]:
        text = source.read_text(encoding="utf-8")
        tree = ast.parse(text, feature_version=(3, 8))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not used & later, f"{source.name} uses {used & later}, which Python 3.8 does not have"
        assert "from __future__ import annotations" in text or not text.count(" | None"), source.name
        aliases = [node.value for node in tree.body if isinstance(node, ast.Assign)]
        assert not any(isinstance(value, ast.Subscript) for value in aliases), f"{source.name}: tuple[...] is no value"


def test_whatever_is_printed_goes_through_an_escape() -> None:
    """Text of strangers must not control the terminal: `print` takes JSON or what one of these returns."""
    escapes = {"printable", "printable_lines", "dumps"}
    for part in ("facepipe", "emulator"):
        for source in sources(part):
            for node in nodes_of(source):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                    printed = node.args[0]
                    called = printed.func if isinstance(printed, ast.Call) else None
                    name = getattr(called, "id", getattr(called, "attr", ""))
                    assert name in escapes, f"{source.relative_to(ROOT)}:{node.lineno} prints text as it is"


def test_every_console_looks_at_what_it_writes() -> None:
    makers = [
        source.relative_to(ROOT).as_posix()
        for source in sources("facepipe")
        for node in nodes_of(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Console"
    ]
    assert makers == ["facepipe/client/terminal_text.py"], "take safe_console()"
