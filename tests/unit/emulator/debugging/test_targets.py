"""`--debug FUNCTION[=PORT]`: which functions, and which ports."""

import pytest

from emulator.debugging.targets import DebugTargets, read_targets, write_targets
from emulator.setting import SettingsError, TextError, read_settings
from emulator.settings import Settings


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
