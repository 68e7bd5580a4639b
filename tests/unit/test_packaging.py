"""What pyproject.toml says of the wheel."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROGRAM = (
    "functions",
    "models",
    "emulator",
    "docker",
    "client",
    "forecast",
)  #: what scripts/environment installs if nothing else is said


def test_the_program_installs_with_all_that_its_parts_need() -> None:
    parts = {name for part in PROGRAM for name in PROJECT["optional-dependencies"][part]}
    missing = parts - set(PROJECT["dependencies"])
    assert not missing, f"add {missing} to dependencies in pyproject.toml: pip install facepipe would lack them"
    assert set(PROJECT["dependencies"]) - parts == {"pip"}


def test_every_dependency_has_a_tested_version() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    assert {name.lower() for name in PROJECT["dependencies"]} - pinned == {"pip"}
