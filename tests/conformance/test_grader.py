"""A course's grader looks at what runs here as at what runs on AWS."""

import subprocess
import sys

from facepipe.paths import Paths
from tests.conformance.conftest import Tiny
from tests.conformance.test_one_endpoint import surroundings

GRADER = Paths().root / "tests/functions/grader.py"


def test_a_grader_passes_unmodified(tiny: Tiny) -> None:
    command = [sys.executable, str(GRADER), "echo", "worker", "--", "jobs", "slow"]
    done = subprocess.run(command, env=surroundings(tiny), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "FAIL" not in done.stdout, done.stdout
    assert done.stdout.endswith("12 points\n")
