"""Runs all cases, several at once, on functions and queues that some of them share."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from facepipe.conformance.case_files import RecordedCase
from facepipe.conformance.case_run import CaseResult, case_on, run_case
from facepipe.conformance.made_resources import MadeResources
from facepipe.conformance.tried_server import TriedServer

SHARED = "shared/all"  #: the id of the case that makes what others share


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """The results of all cases, in the order of their ids, and what could not be shared."""

    results: tuple[CaseResult, ...]
    shared: CaseResult


def run_suite(
    cases: Sequence[RecordedCase], server: TriedServer, workers: int, tell: Callable[[CaseResult], None]
) -> SuiteRun:
    """Run all cases; `tell` is called with each result."""
    common = next(case for case in cases if case.id == SHARED)
    others = [case for case in cases if case.id != SHARED]
    made = MadeResources(server, server.name("s"))
    try:
        shared = case_on(made, common)
        results = sorted(_results(others, server, workers, made, tell), key=lambda result: result.case.id)
    finally:
        made.remove()
    return SuiteRun(tuple(results), shared)


def _results(
    cases: Sequence[RecordedCase],
    server: TriedServer,
    workers: int,
    made: MadeResources,
    tell: Callable[[CaseResult], None],
) -> Iterator[CaseResult]:
    own = {"name", "arn", "missing", "missing-arn", "other-code"}
    shared = {name: value for name, value in made.values.items() if name not in own}

    def one(numbered: tuple[int, RecordedCase]) -> CaseResult:
        number, case = numbered
        result = run_case(case, server, f"{number:03d}", shared)
        tell(result)
        return result

    # Cases that wait for messages come first: they take longest.
    slow_first = sorted(cases, key=lambda case: -sum(step.within_s for step in case.steps))
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(one, enumerate(slow_first))
