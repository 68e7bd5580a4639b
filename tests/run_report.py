"""Combines the JUnit reports of several processes of pytest."""

import datetime as dt
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.processor_time import PROCESSOR, WAITED

ORDER = ("failed", "error", "passed", "skipped", "xfailed")  #: of the numbers in pytest's closing line
XFAIL = "pytest.xfail"


@dataclass(frozen=True, slots=True)
class Case:
    """One test."""

    suite: str
    name: str
    result: str  #: one of ORDER
    seconds: float
    function: str = ""  #: file::name, for all cases of a parametrised test the same
    processor_s: float | None = None  #: None: it was skipped
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one process of pytest; no cases if it left no report."""

    part: str
    cases: Sequence[Case]
    seconds: float


def read_outcome(part: str, report: Path) -> Outcome:
    try:
        root = ET.parse(report).getroot()  # noqa: S314  # pytest wrote it just now
    except (OSError, ET.ParseError):
        return Outcome(part, (), 0)
    seconds = sum(float(suite.get("time", "0")) for suite in root.iter("testsuite"))
    return Outcome(part, [case_of(element) for element in root.iter("testcase")], seconds)


def case_of(element: ET.Element) -> Case:
    """Read one test; `classname` is its module with dots, below `tests`. A module that failed as a whole has none."""
    names = (element.get("classname") or element.get("name") or "").split(".")
    suite = names[1] if names[0] == "tests" and len(names) > 1 else names[0]
    name = element.get("name", "")
    measured = {one.get("name"): float(one.get("value", "0")) for one in element.iter("property")}
    return Case(
        suite,
        f"{'.'.join(names)}::{name}",
        _result(element),
        float(element.get("time", "0")),
        function=f"{'/'.join(names)}.py::{name.partition('[')[0]}",
        processor_s=measured.get(PROCESSOR),
        waited_s=measured.get(WAITED, 0.0),
    )


def _result(element: ET.Element) -> str:
    if element.find("failure") is not None:
        return "failed"
    if element.find("error") is not None:
        return "error"
    skipped = element.find("skipped")
    if skipped is None:
        return "passed"
    return "xfailed" if skipped.get("type") == XFAIL else "skipped"


def table(outcomes: Sequence[Outcome]) -> str:
    """A line for each suite of each part: how many tests, and how long they took one after another."""
    lines = [f"{'suite':<14} {'part':<11} {'tests':>6} {'passed':>7} {'seconds':>8}"]
    for outcome in outcomes:
        suites: dict[str, list[Case]] = defaultdict(list)
        for case in outcome.cases:
            suites[case.suite].append(case)
        for name, cases in suites.items():
            passed = sum(case.result == "passed" for case in cases)
            took = sum(case.seconds for case in cases)
            lines.append(f"{name:<14} {outcome.part:<11} {len(cases):>6} {passed:>7} {took:>8.0f}")
        lines.append(
            f"{'':<14} {outcome.part:<11} {len(outcome.cases):>6} {'':>7} {outcome.seconds:>8.0f}  by the clock"
        )
    return "\n".join(lines)


def failures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if not outcome.cases:
            yield f"ERROR {outcome.part}: pytest left no report, see its output above"
        for case in outcome.cases:
            if case.result in ("failed", "error"):
                yield f"{case.result.upper()} {case.name}"


def closing_line(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The line with which pytest would end if all had been one run."""
    counts = Counter(case.result for outcome in outcomes for case in outcome.cases)
    told = [f"{counts[kind]} {kind}" for kind in ORDER if counts[kind]] or ["no tests ran"]
    return f" {', '.join(told)} in {seconds:.2f}s ({dt.timedelta(seconds=int(seconds))}) ".center(100, "=")
