"""The verb that compares a server of Lambda's and SQS's APIs with recorded behaviour of AWS."""

# ruff: noqa: PLC0415
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from threading import Lock
from typing import TYPE_CHECKING, Annotated

import typer

from facepipe.verbs.options import PATHS, clear_errors, say, write

if TYPE_CHECKING:
    from facepipe.conformance.case_files import RecordedCase
    from facepipe.conformance.case_run import CaseResult
    from facepipe.conformance.report_page import RunNotes
    from facepipe.conformance.tried_server import TriedServer

OWN_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def conformance(
    against: Annotated[
        str,
        typer.Option(
            metavar="URL", help="The URL of a server, or `aws`. Without it, facepipe is started and compared."
        ),
    ] = "",
    output: Annotated[Path, typer.Option(help="Where to write NAME.md and NAME.json.")] = PATHS.var / "conformance",
    name: Annotated[str, typer.Option(help="The name of both files.", show_default="facepipe, aws or server")] = "",
    title: Annotated[str, typer.Option(help="The server's name and version in the page's title.")] = "",
    how: Annotated[str, typer.Option(help="How the server was set up, as a text for the page.")] = "",
    only: Annotated[
        str, typer.Option(metavar="TEXT", help="Run only the cases whose id contains this text, such as urls/.")
    ] = "",
    not_worse_than: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="Exit code 1 if a case that is as on AWS in this file is no longer so."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=32, help="How many cases run at once.")] = 6,
    patience: Annotated[
        float | None,
        typer.Option(min=0.1, help="A factor for the time that cases wait for an answer.", show_default="1; on AWS 6"),
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(help="The Runtime of the suite's functions.", show_default="that of the Python which runs this"),
    ] = OWN_RUNTIME,
    region: Annotated[str, typer.Option(envvar="AWS_REGION", help="The region.")] = "us-east-1",
    role: Annotated[
        str, typer.Option(metavar="ARN", help="The functions' role on AWS.", show_default="a new one, which is removed")
    ] = "",
    remove: Annotated[
        bool, typer.Option("--remove", help="Run nothing; remove what killed runs left on the server.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="On AWS: run the cases, and agree to the costs.")] = False,
) -> None:
    """Compare a server with recorded behaviour of AWS, case by case, and write a page (docs/conformance.md)."""
    with clear_errors():
        from facepipe.conformance.report_page import without_places, worse_than
        from facepipe.conformance.run_notes import notes_of
        from facepipe.conformance.suite_run import SHARED
        from facepipe.conformance_target import AWS, ConformanceTarget, opened_target, require_answer

        cases = _cases(only)
        if against and against != AWS:
            require_answer(against)
        before = json.loads(not_worse_than.read_text(encoding="utf-8")) if not_worse_than else {}
        target = ConformanceTarget(against, region, runtime, role, patience, agreed=yes)
        with opened_target(target, say, needs_role=not remove) as server:
            if remove:
                _remove(server)
                return
            results = _run(server, cases, workers)
            if suspects := {line.partition(":")[0] for line in worse_than(before, results)}:
                results = _ask_again(server, [case for case in cases if case.id in {SHARED, *suspects}], results)
            results = without_places(results, (str(PATHS.root), str(PATHS.var), gettempdir()))
            if server.is_aws:
                _remove(server, of_this_run=True)  # log groups, and what a case could not remove
        _report(results, notes_of(target.kind, title, how), output / (name or target.kind))
        worse = worse_than(before, results)
    for line in worse:
        say(f"worse than in {not_worse_than}: {line}")
    if worse:
        raise typer.Exit(1)


def _cases(only: str) -> "Sequence[RecordedCase]":
    from facepipe.conformance.case_files import cases_with, read_cases
    from facepipe.conformance.suite_run import SHARED

    return cases_with(only, read_cases(), SHARED)


def _run(server: "TriedServer", cases: "Sequence[RecordedCase]", workers: int) -> "Sequence[CaseResult]":
    from facepipe.conformance.suite_run import run_suite

    one_line = Lock()  # cases run in several threads

    def tell(result: "CaseResult") -> None:
        if not result.passed:
            with one_line:
                say(f"not as on AWS: {result.case.id}")

    ran = run_suite(cases, server, workers, tell)
    if ran.shared.problems:
        say(f"the functions and queues that several cases use could not be created: {'; '.join(ran.shared.problems)}")
    return ran.results


def _ask_again(
    server: "TriedServer", cases: "Sequence[RecordedCase]", results: "Sequence[CaseResult]"
) -> "Sequence[CaseResult]":
    """Run cases once more, one at a time and with new names: a busy machine may be why they differ."""
    say(f"{len(cases) - 1} cases that are worse than before are run once more, one at a time")
    again = {result.case.id: result for result in _run(replace(server, run=f"{server.run}b"), cases, workers=1)}
    return [again.get(result.case.id, result) for result in results]


def _report(results: "Sequence[CaseResult]", notes: "RunNotes", target: Path) -> None:
    from facepipe.conformance.report_page import as_json, as_page, counts

    target.parent.mkdir(parents=True, exist_ok=True)
    Path(f"{target}.md").write_text(as_page(results, notes), encoding="utf-8")
    Path(f"{target}.json").write_text(as_json(results, notes), encoding="utf-8")
    write(", ".join(f"{number} {kind}" for kind, number in counts(results).items()))
    write(f"page: {target}.md")


def _remove(server: "TriedServer", *, of_this_run: bool = False) -> None:
    from facepipe.conformance.aws_account import remove_left

    for name in remove_left(server, of_this_run=of_this_run):
        write(f"removed {name}")
