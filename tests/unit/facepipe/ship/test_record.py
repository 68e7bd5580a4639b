"""Which runs of pytest count as the container acceptance suite having passed."""

from pathlib import Path

from tests.acceptance.record import SuiteRun

IMAGES = {"face-detection": "sha256:aa", "face-recognition": "sha256:bb"}
SUITE = (Path("test_load.py"), Path("test_photos.py"))


def run(*outcomes: str) -> SuiteRun:
    started = SuiteRun(IMAGES)
    started.expect([str(number) for number in range(len(outcomes))], SUITE, SUITE)
    started.outcomes.update({str(number): outcome for number, outcome in enumerate(outcomes)})
    return started


def test_a_whole_suite_that_passed_counts_and_says_what_it_skipped() -> None:
    acceptance = run("passed", "skipped", "passed").acceptance()
    assert acceptance
    assert (acceptance.images, acceptance.passed, acceptance.skipped) == (IMAGES, 2, 1)


def test_a_failure_or_a_test_that_did_not_run_does_not_count() -> None:
    assert run("passed", "failed").acceptance() is None
    assert run("passed", "not run").acceptance() is None
    assert run("skipped").acceptance() is None


def test_a_part_of_the_suite_does_not_count() -> None:
    deselected = run("passed")
    deselected.left_out = True
    assert deselected.acceptance() is None
    one_file = SuiteRun(IMAGES)
    one_file.expect(["0"], SUITE[:1], SUITE)
    one_file.outcomes["0"] = "passed"
    assert one_file.acceptance() is None


def test_a_run_without_containers_does_not_count() -> None:
    assert SuiteRun().acceptance() is None
