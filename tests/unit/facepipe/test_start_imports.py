"""What `facepipe up` imports before it starts environments: each further package makes every start longer."""

import subprocess
import sys

import pytest

from facepipe.paths import Paths

#: packages that take 30 to 100 ms of processor time each, and that other verbs, or parts that start later, need
HEAVY = (
    "PIL",
    "boto3",
    "botocore",
    "docker",
    "httpx",
    "numpy",
    "pydantic",
    "rich",
    "samtranslator",
    "simpy",
    "watchfiles",
)
UP = """
import sys
from facepipe.__main__ import program
try:
    program(["up"])(["up", "/no/such/folder"], prog_name="facepipe")
except SystemExit as end:
    print(end.code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    """The packages that are loaded when the command line is read and the project is looked for."""
    run = subprocess.run([sys.executable, "-c", UP], cwd=Paths().root, capture_output=True, text=True, check=True)
    assert "/no/such/folder" in run.stderr
    code, *packages = run.stdout.split()
    assert code == "2"
    return packages


@pytest.mark.parametrize("package", HEAVY)
def test_the_start_does_not_wait_for_what_it_does_not_need(package: str, loaded: list[str]) -> None:
    assert package not in loaded


def test_the_list_would_be_noticed(loaded: list[str]) -> None:
    assert {"typer", "aiohttp", "emulator"} <= set(loaded)
