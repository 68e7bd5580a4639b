"""What an impatient person does wrong: one line each, exit code 2, no traceback."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from facepipe import __main__ as facepipe_program
from tests.command_line import facepipe

ROOT = Path(__file__).resolve().parents[3]


WRONG = {
    "nothing to send": (["send"], "nothing to send"),
    "photos and a webcam": (["send", "x.jpg", "--camera", "0"], "photos and --camera are two sources"),
    "a missing photo": (["send", "missing.jpg", "--sqs", "http://127.0.0.1:9"], "cannot be reached"),
    "a mistyped URL": (["send", "x.jpg", "--url", "127.0.0.1:9000"], "is no URL"),
    "no pipeline": (["collect", "--sqs", "http://127.0.0.1:9", "--timeout", "1"], "is the pipeline up?"),
    "a missing template": (["up", "--template", "missing.yaml"], "missing.yaml cannot be read"),
    "no such parameter": (
        ["up", "--template", "tests/functions/template.yaml", "--parameter", "Nothing=1"],
        "no parameter Nothing",
    ),
    "half a parameter": (
        ["up", "--template", "tests/functions/template.yaml", "--parameter", "Nothing"],
        "write it as Name=value",
    ),
    "nothing to examine": (["doctor", "--template", "missing.yaml"], "missing.yaml does not exist"),
    "no project to write a template for": (["init", "nowhere"], "nowhere does not exist; name the folder"),
    "a template that is there": (["init", "."], "template.yaml is there already, and is not overwritten"),
    "no such engine": (["up", "--engine", "wheel"], "choose one of rie, runtime-api"),
    "no such folder": (["enrol", "nobody-here"], "nobody-here is no folder"),
    "a data.pt without its model": (["enrol", "data.pt"], "name it with --model"),
    "no emulator to trace": (["trace", "x", "--api", "http://127.0.0.1:9"], "is the pipeline up?"),
    "no emulator to ask for logs": (["logs", "--api", "http://127.0.0.1:9"], "is the pipeline up?"),
    "no emulator with figures": (["stats", "--api", "http://127.0.0.1:9"], "is the pipeline up?"),
    "no emulator with queues": (["queues", "--api", "http://127.0.0.1:9"], "http://127.0.0.1:9/"),
    "no stretch of time": (["logs", "--since", "yesterday"], "write it as 30s, 5m, 2h or 1d"),
    "nothing to measure": (
        ["bench", "pipeline", "--url", "http://127.0.0.1:9/", "--sqs", "http://127.0.0.1:9"],
        "cannot be reached",
    ),
    "two things at once": (
        ["queues", "--replay", "all", "--delete", "x"],
        "--replay and --delete do different things: give one of them",
    ),
    "a purge beside a replay": (["queues", "--replay", "all", "--purge"], "--replay and --purge do different things"),
    "a server that is no URL": (["conformance", "--against", "127.0.0.1:9"], "'127.0.0.1:9' is no URL"),
    "a server that is not there": (["conformance", "--against", "http://127.0.0.1:9"], "no server answers"),
    "cases that are not there": (["conformance", "--only", "nothing/"], "no case has 'nothing/' in its id"),
    "a registry that is a URL": (["push", "--registry", "https://r.example/x"], "write it as HOST:PORT/prefix"),
    "no models": (["enrol", "data.pt", "--models-dir", "nowhere"], "nowhere"),
}


@pytest.mark.models
@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_clear_line(models_dir: Path, case: str) -> None:
    arguments, words = WRONG[case]
    result = facepipe(*arguments)
    assert result.returncode == 2, result.stderr
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_that_no_machine_has_is_refused_by_its_option() -> None:
    result = facepipe("up", "--sqs-port", "99999")
    assert result.returncode == 2
    assert "--sqs-port" in result.stderr
    assert "65535" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_model_is_refused_with_the_choices() -> None:
    result = facepipe("models", "--model", "arcface")
    assert result.returncode == 2
    assert "vggface2 or casia-webface" in result.stderr


def test_doctor_has_nothing_against_the_application() -> None:
    result = facepipe("doctor", "--api", "http://127.0.0.1:9")
    assert "0 errors" in result.stdout, result.stdout + result.stderr


def test_doctors_exit_code_says_that_there_is_an_error() -> None:
    result = facepipe("doctor", "--parameter", "RequestVisibilityTimeout=10", "--api", "http://127.0.0.1:9")
    assert result.returncode == 1
    assert "ES-41" in result.stdout
    assert "Traceback" not in result.stderr


def test_doctor_examines_the_template_of_the_folder_with_its_samconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "template.yaml").write_text(
        "Parameters: {Name: {Type: String}}\n"
        "Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}\n"
    )
    (tmp_path / "samconfig.toml").write_text("[default.deploy.parameters]\nparameter_overrides = 'Name=jobs'\n")
    monkeypatch.chdir(tmp_path)
    result = facepipe("doctor", "--api", "http://127.0.0.1:9")
    assert f"template: {tmp_path / 'template.yaml'}: 0 functions, 1 queue, 0 mappings" in result.stdout, result.stderr


def test_doctor_examines_facepipes_own_template_where_the_folder_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = facepipe("doctor", "--api", "http://127.0.0.1:9")
    assert f"template: {ROOT / 'template.yaml'}: 2 functions, 3 queues, 1 mapping\n" in result.stdout, result.stderr


def test_help_does_not_wait_for_neural_networks() -> None:
    slow = ("onnxruntime", "cv2", "onnx", "boto3", "aiohttp", "matplotlib")
    script = (
        f"import sys; from facepipe.__main__ import program; program(); print([m for m in {slow} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_verb_imports_no_other_verbs() -> None:
    script = "import sys; from facepipe.__main__ import program; program(['up']); print(list(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    own = ["options", "run", "setting_options", "verb_group", "version"]
    verbs = [name for name in ast.literal_eval(result.stdout) if name.startswith("facepipe.verbs.")]
    assert sorted(verbs) == [f"facepipe.verbs.{name}" for name in own]


def test_up_waits_for_no_library_that_it_does_not_need() -> None:
    """The time until the first result is mostly imports: those of SAM, of the client, and of the nets are not needed."""
    command = [sys.executable, "-X", "importtime", "-m", "facepipe", "up", "--template", "/nowhere.yaml"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "/nowhere.yaml cannot be read" in result.stderr
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines() if "|" in line}
    assert "emulator" in imported
    assert not imported & {
        "boto3",
        "cv2",
        "docker",
        "httpx",
        "matplotlib",
        "numpy",
        "onnx",
        "PIL",
        "rich",
        "samtranslator",
    }


def test_a_package_that_is_missing_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment of which a part was deleted."""

    def verb() -> None:
        raise ModuleNotFoundError("No module named 'rich.console'", name=missing)

    monkeypatch.setattr(facepipe_program, "program", lambda _words: verb)
    missing = "rich.console"
    with pytest.raises(SystemExit) as ended:
        facepipe_program.main()
    assert str(ended.value).startswith(
        f"facepipe: the package rich is missing from {sys.prefix}, or not whole: install"
    )
    missing = "facepipe.nothing"
    with pytest.raises(ModuleNotFoundError):
        facepipe_program.main()


@pytest.mark.parametrize(("before", "during"), [(0o000, 0o022), (0o002, 0o022), (0o077, 0o077)])
def test_nobody_else_may_write_what_is_made(before: int, during: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    def verb() -> None:
        found.append(os.umask(0))

    monkeypatch.setattr(facepipe_program, "program", lambda _words: verb)
    usual = os.umask(before)
    try:
        facepipe_program.main()
    finally:
        os.umask(usual)
    assert found == [during]
