"""Every suite in one run, as `scripts/test` starts it: several processes of pytest, and one summary of them all.

What needs no machine for itself comes first, in several processes, while Docker builds the images. Then come the tests
that need the machine alone, then pipelines of processes with the browser beside them, and then containers. All stages
run, also after a failure.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.run_report import Outcome, closing_line, failures, read_outcome, table
from tests.slow_tests import update
from tests.suites import SUITES, Lane

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "var/test-run"
PROCESSES = os.environ.get("PROCESSES", "4")
REGISTRY = "tests/ship"  #: its tests in Docker wait for most of their time


@dataclass(frozen=True, slots=True)
class Part:
    """One process of pytest."""

    name: str
    arguments: tuple[str, ...]
    goes_on: bool = False  #: the next stage does not wait for it

    @property
    def report(self) -> Path:
        return REPORTS / f"{self.name}.xml"

    @property
    def log(self) -> Path:
        return REPORTS / f"{self.name}.log"

    def command(self, more: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "pytest", f"--junitxml={self.report}", *self.arguments, *more]


def folders(lane: Lane) -> tuple[str, ...]:
    return tuple(suite.folder for suite in SUITES if suite.lane is lane)


def stages() -> list[list[Part]]:
    """Return the parts of a whole run. Those of one stage run at once, and every test is in one part alone."""
    by_file = ("--dist", "loadfile", "--no-loadscope-reorder")
    docker = tuple(suite.folder for suite in SUITES if suite.docker)
    others = tuple(folder for folder in docker if folder != REGISTRY)
    processes = ("-n", "2", *by_file, "-m", "not docker", *folders(Lane.PROCESSES))
    return [
        [Part("together", ("-n", PROCESSES, *by_file, "-m", "not docker", *folders(Lane.TOGETHER)))],
        [Part("alone", ("-m", "not docker", *folders(Lane.ALONE)))],
        [
            Part("browser", ("-m", "not docker", *folders(Lane.BROWSER))),
            Part("processes", processes, goes_on=True),
        ],
        [
            Part("compose", ("-m", "docker and compose", *docker)),
            Part("docker", ("-m", "docker and not compose", *others)),
            Part("registry", ("-m", "docker and not compose", REGISTRY)),
        ],
    ]


def main(more: Sequence[str]) -> int:
    """Run all; return the status of the first part that failed."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old in REPORTS.iterdir():
        old.unlink()
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.images"], cwd=ROOT, stdin=subprocess.DEVNULL
    ) as images:
        statuses, left = list[int](), list[Started]()
        for number, stage in enumerate(stages()):
            if number == 1:
                images.wait()
            left += run(stage, more, statuses)
        statuses += [finish(started) for started in left]
    outcomes = [read_outcome(part.name, part.report) for stage in stages() for part in stage]
    show(outcomes, time.monotonic() - started)
    if not any(statuses) and (changed := update(case for outcome in outcomes for case in outcome.cases)):
        print(changed)
    return next((status for status in statuses if status), 0)


Started = tuple[Part, "subprocess.Popen[bytes]"]


def run(stage: Sequence[Part], more: Sequence[str], statuses: list[int]) -> list[Started]:
    """Run parts at once: the first one's output is seen as it comes, that of the others when it is complete.

    Adds the statuses of those that have ended, and returns those that go on.
    """
    first, *others = stage
    beside = [(part, start(part, more, log=part.log)) for part in others]
    print(f"\n--- tests: {first.name}" + "".join(f", and {part.name} beside it" for part in others), flush=True)
    statuses.append(start(first, more, log=None).wait())
    statuses += [finish(started) for started in beside if not started[0].goes_on]
    return [started for started in beside if started[0].goes_on]


def finish(started: Started) -> int:
    """Wait for a part's end, and print its output; return its status."""
    part, process = started
    status = process.wait()
    print(f"\n--- tests: {part.name}\n{part.log.read_text(encoding='utf-8')}", flush=True)
    return status


def start(part: Part, more: Sequence[str], *, log: Path | None) -> subprocess.Popen[bytes]:
    if log is None:
        return subprocess.Popen(part.command(more), cwd=ROOT)
    with log.open("wb") as output:
        return subprocess.Popen(
            part.command(more), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )


def show(outcomes: Sequence[Outcome], seconds: float) -> None:
    """Print what failed, how long each suite took, and pytest's closing line for the whole."""
    print("\n--- tests: summary\n")
    print(table(outcomes), *failures(outcomes), closing_line(outcomes, seconds), sep="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
