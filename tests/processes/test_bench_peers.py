"""`facepipe bench peers` in its smallest form: facepipe alone, until its first answer. Nothing is asserted of the time."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "facepipe", "bench", "peers"]


def test_facepipe_alone(tmp_path: Path) -> None:
    result = tmp_path / "peers.json"
    command = [*COMMAND, "--peers", "facepipe", "--rows", "start", "--rounds", "1", "--output", str(result)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert ran.returncode == 0, ran.stderr
    (column,) = json.loads(result.read_text())["columns"]
    assert (column["name"], column["problems"], column["unavailable"]) == ("facepipe", {}, "")
    assert column["values"]["start"][0] > 0
    assert "| start to first answer | s |" in result.with_suffix(".md").read_text()


def test_an_unknown_peer_is_one_clear_line() -> None:
    ran = subprocess.run(
        [*COMMAND, "--peers", "aws"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr.startswith("facepipe: there is no peer 'aws'; there are facepipe, ")) == (
        2,
        True,
    )
