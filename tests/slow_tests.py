"""Which tests `scripts/test --fast` leaves out: the slow ones of its suites, as the last whole run has found them.

A whole run measures every test and writes the list anew. A test that is not in the list yet is run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from tests.run_report import Case

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".txt")
SUITES = ("unit", "contract", "conformance")  #: of scripts/test --fast
#: a test that takes more of one of these is slow: processor time of its slowest case and of all its cases, and time beside that
CASE_S, PROCESSOR_S, WAITED_S = 0.2, 0.5, 2.0
#: a test of the list stays there until it takes less than this share, so that two runs write the same list
STAYS = 0.5


def listed() -> frozenset[str]:
    return frozenset(LIST.read_text(encoding="utf-8").split())


def exists(test: str) -> bool:
    file, _, function = test.partition("::")
    return (ROOT / file).exists() and f"def {function}(" in (ROOT / file).read_text(encoding="utf-8")


def slow_tests(cases: Iterable[Case], before: Collection[str]) -> set[str]:
    """Return the tests that are slow now. What was not measured in this run is as slow as it was before, if it is still there."""
    slowest, processor = defaultdict[str, float](float), defaultdict[str, float](float)
    waited = defaultdict[str, float](float)
    for case in cases:
        if case.suite in SUITES and case.processor_s is not None:
            slowest[case.function] = max(slowest[case.function], case.processor_s)
            processor[case.function] += case.processor_s
            waited[case.function] += case.waited_s
    slow = {test for test in set(before) - set(processor) if exists(test)}
    for test in processor:
        share = STAYS if test in before else 1
        taken = (slowest[test] / CASE_S, processor[test] / PROCESSOR_S, waited[test] / WAITED_S)
        if max(taken) > share:
            slow.add(test)
    return slow


def update(cases: Iterable[Case]) -> str:
    """Write the list anew; return a line that says so, or nothing if it is as it was."""
    before = listed()
    now = slow_tests(cases, before)
    if now == before:
        return ""
    LIST.write_text("\n".join(sorted(now)) + "\n", encoding="utf-8")
    return (
        f"tests/{LIST.name}: {len(now - before)} tests have become slow, {len(before - now)} no longer are: commit it"
    )
