"""ES-20 to ES-27, row by row."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.event_source.settle import Verdict, settle
from emulator.invocation import Outcome, OutcomeKind

IDS = ("a", "b", "c")


def success(payload: object) -> Outcome:
    return Outcome(OutcomeKind.SUCCESS, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


@pytest.mark.parametrize(
    "payload", [None, {}, "anything", {"batchItemFailures": [{"itemIdentifier": "a"}]}, b"not json"]
)
def test_es20_success_without_reporting_deletes_all_whatever_was_returned(payload: object) -> None:
    plan = settle(success(payload), IDS, report_batch_item_failures=False)
    assert (plan.verdict, plan.delete) == (Verdict.SUCCEEDED, IDS)


NEVER_CALLED = (OutcomeKind.THROTTLED, OutcomeKind.NOT_STARTED)
FAILURES = [kind for kind in OutcomeKind if kind not in (OutcomeKind.SUCCESS, *NEVER_CALLED)]


@pytest.mark.parametrize("report", [False, True])
@pytest.mark.parametrize("kind", FAILURES)
def test_es21_es26_a_failure_deletes_nothing(kind: OutcomeKind, report: bool) -> None:
    plan = settle(Outcome(kind, b"{}", reason="why"), IDS, report_batch_item_failures=report)
    assert (plan.verdict, plan.delete, plan.reason) == (Verdict.FAILED, (), "why")


@pytest.mark.parametrize("report", [False, True])
@pytest.mark.parametrize("kind", NEVER_CALLED)
def test_es22_a_function_that_was_not_called_has_not_failed(kind: OutcomeKind, report: bool) -> None:
    plan = settle(Outcome(kind, b"{}"), IDS, report_batch_item_failures=report)
    assert (plan.verdict, plan.delete) == (Verdict.THROTTLED, ())


@pytest.mark.parametrize("payload", [{"batchItemFailures": []}, {"batchItemFailures": None}, {}, None, b""])
def test_es23_empty_reports_are_success(payload: object) -> None:
    plan = settle(success(payload), IDS, report_batch_item_failures=True)
    assert (plan.verdict, plan.delete) == (Verdict.SUCCEEDED, IDS)


def test_es24_only_the_reported_stay() -> None:
    plan = settle(success({"batchItemFailures": [{"itemIdentifier": "b"}]}), IDS, report_batch_item_failures=True)
    assert (plan.verdict, plan.delete) == (Verdict.PARTLY_FAILED, ("a", "c"))


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        "a text",
        [],
        {"batchItemFailures": "b"},
        {"batchItemFailures": ["b"]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"foo": "notvalid"}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]},
        b"[" * 100_000,
        b'{"batchItemFailures":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"batchItemFailures":[' + b"[" * 900 + b"]" * 900 + b"]}",
    ],
)
def test_es25_malformed_reports_fail_the_whole_batch(payload: object) -> None:
    plan = settle(success(payload), IDS, report_batch_item_failures=True)
    assert (plan.verdict, plan.delete) == (Verdict.FAILED, ())
    assert plan.reason


@given(
    st.lists(st.sampled_from("abcd"), max_size=6),
    st.sampled_from(list(OutcomeKind)),
    st.booleans(),
    st.sampled_from([None, b"junk"]),
)
def test_nothing_is_deleted_that_was_reported_or_not_processed(
    reported: list[str], kind: OutcomeKind, report: bool, junk: bytes | None
) -> None:
    payload = junk or json.dumps({"batchItemFailures": [{"itemIdentifier": i} for i in reported]}).encode()
    plan = settle(Outcome(kind, payload), IDS, report_batch_item_failures=report)
    assert set(plan.delete) <= set(IDS)
    if kind is not OutcomeKind.SUCCESS:
        assert plan.delete == ()
    elif report:
        assert not set(plan.delete) & set(reported)
