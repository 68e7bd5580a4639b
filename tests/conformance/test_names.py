"""A user's folder may have packages of the same names as ours."""

from pathlib import Path

import httpx
import pytest

from facepipe.paths import Paths
from facepipe.stack import Choices, free_ports, running
from tests.conformance.conftest import TEMPLATE


def test_a_users_own_packages_are_not_taken_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (Paths().rie / "aws-lambda-rie").exists():
        pytest.skip("no Runtime Interface Emulator in var/rie: run scripts/models")
    for name in ("emulator", "facepipe", "services", "moto"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('this is the user\\'s own')")
    monkeypatch.chdir(tmp_path)
    with running(Choices(tmp_path / "none", TEMPLATE, free_ports(), environments=1), tmp_path / "up.log") as stack:
        assert httpx.get(stack.health).json()["status"] == "ok"
