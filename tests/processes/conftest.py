"""The application through processes, as a user starts it, behind RIE and behind the Runtime API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from facepipe.client.endpoints import sqs_client
from facepipe.local_pipeline import running
from tests.conformance.conftest import Tiny, settings_of

#: where RIE is not Lambda: these tests are expected to fail behind it, and a RIE that passes one fails the suite
RIE_FALLS_SHORT = {
    "test_rt01_the_trace_header_is_in_the_environment": "RIE keeps X-Amzn-Trace-Id for itself (docs/rie.md, RIE-4)",
    "test_rt01_nothing_but_lambdas_variables": "RIE's own setting AWS_LAMBDA_FUNCTION_TIMEOUT reaches the function",
    "test_rt05_an_init_phase_may_take_longer_than_the_timeout": "RIE counts the init phase as a call (RIE-5)",
    "test_rt09_the_arn_is_the_functions": "RIE's ARN has an account and a region of its own",
}
#: what concerns the emulator's own process as well: behind the Runtime API, tests/conformance has all tests of
#: `test_on_both_engines.py`, on an emulator in a thread whose functions are processes as they are here
ON_BOTH = {
    "test_rt01_the_environment_is_lambdas",
    "test_rt01_the_supervisors_token_does_not_reach_the_function",
    "test_rt05_the_init_phase_comes_before_the_first_call",
    "test_rt06_the_environment_is_frozen_between_calls",
    "test_a_killed_process_comes_back",
    "test_a_killed_process_fails_only_the_call_that_it_was_running",
    "test_es20_a_success_is_deleted",
    "test_health_tells_what_runs",
    "test_the_functions_output_is_in_the_log_without_ries",
}


def is_shown_in_conformance(item: pytest.Item) -> bool:
    return item.path.name == "test_on_both_engines.py" and getattr(item, "originalname", "") not in ON_BOTH


@pytest.fixture(scope="session", params=["rie", "runtime-api"])
def tiny(request: pytest.FixtureRequest, rie: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """The application behind one engine."""
    log = tmp_path_factory.mktemp("tiny") / "up.log"
    with running(settings_of(request.param), log) as stack:
        yield Tiny(stack, sqs_client(stack.endpoints), request.param)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what tests/conformance shows, and expect RIE's shortcomings, rather than skip them in silence."""
    left_out = [item for item in items if "[runtime-api" in item.name and is_shown_in_conformance(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        reason = RIE_FALLS_SHORT.get(getattr(item, "originalname", ""))
        if reason and parameters.get("tiny") == "rie":
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
