"""`--debug FUNCTION[=PORT]`: which functions, and which ports."""

import contextlib
from pathlib import Path

import pytest

from emulator.debugging.targets import DebugTargets, read_targets, write_targets
from emulator.loading import EmulatorError, load
from emulator.setting import SettingsError, TextError, read_settings
from emulator.settings import Native, Settings


@pytest.mark.parametrize(
    ("texts", "ports"),
    [
        (["detection"], {"detection": 5678}),
        (["detection", "recognition"], {"detection": 5678, "recognition": 5679}),
        (["detection=6000", "recognition"], {"detection": 6000, "recognition": 5678}),
        (["detection", "recognition=5678"], {"detection": 5679, "recognition": 5678}),
        (["a", "b=5679", "c"], {"a": 5678, "b": 5679, "c": 5680}),
        (["a", "a=6000"], {"a": 6000}),
    ],
)
def test_each_function_has_a_port_of_its_own(texts: list[str], ports: dict[str, int]) -> None:
    targets = read_targets(texts)
    assert targets == DebugTargets(ports)
    assert read_targets(write_targets(targets)) == targets


@pytest.mark.parametrize(
    ("texts", "cure"),
    [
        (["=5678"], "write it as FUNCTION or FUNCTION=PORT"),
        (["detection="], "write it as FUNCTION or FUNCTION=PORT"),
        (["detection=x"], "give a port number, from 1 to 65535"),
        (["detection=70000"], "give a port number, from 1 to 65535"),
        (["a=6000", "b=6000"], "give each function a port of its own"),
    ],
)
def test_a_mistake_is_named_with_its_cure(texts: list[str], cure: str) -> None:
    with pytest.raises(TextError, match=cure):
        read_targets(texts)


def test_it_is_a_flag_and_a_variable() -> None:
    assert read_settings(Settings(), {"--debug": ["a", "b"]}, {}).debug.ports == {"a": 5678, "b": 5679}
    assert read_settings(Settings(), {}, {"FACEPIPE_DEBUG": "a b=6000"}).debug.ports == {"a": 5678, "b": 6000}


def test_there_must_be_somebody_to_wait_for() -> None:
    assert DebugTargets({"a": 5678}).waiting().wait
    with pytest.raises(SettingsError, match="--debug FUNCTION --wait"):
        DebugTargets().waiting()


TEMPLATE = """
Resources:
  Script: {Type: AWS::Lambda::Function, Properties: {FunctionName: script, Runtime: %s, Handler: a.b, Role: r, Code: {ZipFile: x}}}
"""
NATIVE = Native(Path("rie"), Path())


@pytest.mark.parametrize(
    ("runtime", "name", "native", "problem"),
    [
        ("python3.12", "script", NATIVE, ""),
        ("python3.12", "scrypt", NATIVE, "--debug scrypt: the template has script"),
        ("nodejs22.x", "script", NATIVE, "--debug script: its Runtime is nodejs22.x; only Python functions can be"),
        ("python3.12", "script", None, "--debug works without Docker only"),
    ],
)
def test_what_cannot_be_debugged_is_refused_at_the_start(
    tmp_path: Path, runtime: str, name: str, native: Native | None, problem: str
) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE % runtime)
    settings = Settings(template, debug=DebugTargets({name: 5678}), native=native)
    with pytest.raises(EmulatorError, match=problem) if problem else contextlib.nullcontext():
        load(settings)


def test_without_debugpy_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.loading.debugpy_folder", lambda: None)
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE % "python3.12")
    settings = Settings(template, debug=DebugTargets({"script": 5678}), native=NATIVE)
    with pytest.raises(EmulatorError, match="install it with: .*python.* -m pip install debugpy"):
        load(settings)
