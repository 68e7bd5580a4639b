"""Writes the results of a run: a page for people, and JSON with which the next run can be compared."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from facepipe.conformance.case_run import CaseResult

PASSED, WORDS, DIFFERS, REFUSED = "as on AWS", "other words", "differs", "refused by name"
OUTCOMES = (PASSED, WORDS, DIFFERS, REFUSED)
LONGEST = 600  #: characters of a problem on the page
WIDTH = 150  #: characters of a line of the page


@dataclass(frozen=True, slots=True)
class RunNotes:
    """Which server was compared, and how."""

    title: str  #: of the server, with its version
    how: str  #: the command or the set-up
    date: str
    suite: str  #: the version of the suite
    boto3: str
    again: str = "scripts/conformance"


def outcome(result: CaseResult) -> str:
    """Return one of the outcomes.

    A 501 is a refusal by name: the server says that it does not do this. Other words: the error has AWS's status and
    code, and another message, or no type.
    """
    if result.passed:
        return PASSED
    if any(_is_refusal(problem) for problem in result.problems):
        return REFUSED
    words = all(problem.startswith(("error.message:", "error.type:", "error.member:")) for problem in result.problems)
    return WORDS if words else DIFFERS


def _is_refusal(problem: str) -> bool:
    return "NotImplemented" in problem or "'status': 501" in problem


def as_json(results: Sequence[CaseResult], notes: RunNotes) -> str:
    """Return the run as JSON: a line for each case, so that a difference of two files is readable."""
    told = {
        "server": notes.title,
        "how": notes.how,
        "date": notes.date,
        "suite": notes.suite,
        "boto3": notes.boto3,
        "counts": counts(results),
    }
    cases = [
        {
            "id": result.case.id,
            "says": result.case.says,
            "source": result.case.source,
            "outcome": outcome(result),
            "step": result.step,
            "problems": [problem[:LONGEST] for problem in result.problems],
        }
        for result in results
    ]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    head = json.dumps(told, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{head},\n "cases": [\n{lines}\n ]\n}}\n'


def counts(results: Iterable[CaseResult]) -> dict[str, int]:
    """Return how many cases had each outcome."""
    all_of_them = [outcome(result) for result in results]
    return {name: all_of_them.count(name) for name in OUTCOMES}


def as_page(results: Sequence[CaseResult], notes: RunNotes) -> str:
    """Return the page: counts, what differs and why, and all cases with their sources."""
    return "\n".join([*_head(results, notes), *_problems(results), *_cases(results)]) + "\n"


def _head(results: Sequence[CaseResult], notes: RunNotes) -> Iterator[str]:
    found = counts(results)
    yield f"# {notes.title} compared with recorded behaviour of AWS\n"
    summary = (
        f"{found[PASSED]} of {len(results)} cases are as on AWS. {found[DIFFERS]} differ. {found[WORDS]} are errors of"
        f" AWS's status and code in other words. {found[REFUSED]} are refused by name: the server says that it does not"
        " do this."
    )
    yield textwrap.fill(summary, WIDTH) + "\n"
    yield f"* How: {notes.how}"
    yield f"* Date and versions: {notes.date}, the suite of facepipe {notes.suite}, boto3 {notes.boto3}"
    yield f"* Command: `{notes.again}`. [What the cases are](../conformance.md)\n"
    yield f"| group | cases | {' | '.join(OUTCOMES)} |"
    yield "|---|---|---|---|---|---|"
    for group, members in _groups(results).items():
        yield f"| {group} | {len(members)} | {' | '.join(str(one) for one in counts(members).values())} |"
    yield ""


def _groups(results: Sequence[CaseResult]) -> Mapping[str, list[CaseResult]]:
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(result.case.group, []).append(result)
    return groups


def _problems(results: Sequence[CaseResult]) -> Iterator[str]:
    titles = {DIFFERS: "What differs", WORDS: "What has other words", REFUSED: "What is refused by name"}
    for kind, title in titles.items():
        found = [result for result in results if outcome(result) == kind]
        if not found:
            continue
        yield f"## {title}\n"
        for result in found:
            case = result.case
            yield _item(f"**{case.id}**: {_plain(case.says)} ({_plain(case.source)}). At {_plain(result.step)}:")
            yield from (_item(_plain(problem), level=1) for problem in result.problems)
        yield ""


def _cases(results: Sequence[CaseResult]) -> Iterator[str]:
    yield "## All cases\n"
    for result in results:
        case = result.case
        yield _item(f"**{case.id}**, {outcome(result)}: {_plain(case.says)} ({_plain(case.source)})")


def _item(text: str, level: int = 0) -> str:
    """Return an item of a list, with lines of a readable length."""
    indent = "  " * level
    return textwrap.fill(
        text, WIDTH, initial_indent=f"{indent}* ", subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )


def _plain(text: str) -> str:
    """Escape a text for Markdown, because servers' answers are in it."""
    shortened = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    printable = "".join(letter if letter.isprintable() else " " for letter in shortened)
    for letter in "\\`*_{}[]<>|#":
        printable = printable.replace(letter, f"\\{letter}")
    return printable


def without_places(results: Iterable[CaseResult], places: Iterable[str]) -> list[CaseResult]:
    """Replace the folders of this machine that are in the functions' answers."""
    longest_first = sorted(filter(None, places), key=len, reverse=True)

    def hidden(problem: str) -> str:
        for place in longest_first:
            problem = re.sub(re.escape(place.rstrip("/")) + r"(?=/)[^'\"\s]*/", "…/", problem)
        return problem

    return [replace(result, problems=tuple(map(hidden, result.problems))) for result in results]


def worse_than(before: Mapping[str, Any], results: Sequence[CaseResult]) -> list[str]:
    """Return a line for each case that was as on AWS in an earlier run and is no longer so."""
    good = {case["id"] for case in before.get("cases", []) if case.get("outcome") == PASSED}
    lines = [f"{r.case.id}: {'; '.join(r.problems)[:LONGEST]}" for r in results if r.case.id in good and not r.passed]
    gone = good - {result.case.id for result in results}
    return lines + [f"{name}: the case is gone" for name in sorted(gone)]
