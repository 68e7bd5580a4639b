"""A user's folder may have packages of the same names as ours."""

from pathlib import Path

import httpx
import pytest

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.settings import Settings
from facepipe.local_pipeline import running
from tests.conformance.conftest import OBEY


def test_a_users_own_packages_are_not_taken_for_ours(
    rie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("emulator", "facepipe", "services", "moto"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('this is the user\\'s own')")
    monkeypatch.chdir(tmp_path)
    settings = Settings(OBEY, environments=Limits(1), ports=free_ports())
    with running(settings, tmp_path / "up.log") as stack:
        assert httpx.get(stack.health).json()["status"] == "ok"
