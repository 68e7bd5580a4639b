"""What concerns RIE, the supervisor and their start: tests of conformance again, through processes, on both engines."""

from tests.conformance.test_event_source import (
    nothing_left,
    test_es20_a_success_is_deleted,
    test_es21_es26_a_failure_comes_back_when_its_visibility_ends_and_es45_goes_to_the_dead_letters,
)
from tests.conformance.test_journal import test_a_request_whose_second_stage_fails_is_never_shown_as_well
from tests.conformance.test_lambda_api import (
    api,
    test_rt08_a_function_error_is_a_200_and_unhandled,
    test_rt08_a_result,
    test_rt08_tail_returns_the_end_of_the_log,
    test_rt08_the_request_id_is_the_functions,
)
from tests.conformance.test_runtime import *  # noqa: F403  # all of them

__all__ = [
    "api",
    "nothing_left",
    "test_a_request_whose_second_stage_fails_is_never_shown_as_well",
    "test_es20_a_success_is_deleted",
    "test_es21_es26_a_failure_comes_back_when_its_visibility_ends_and_es45_goes_to_the_dead_letters",
    "test_rt08_a_function_error_is_a_200_and_unhandled",
    "test_rt08_a_result",
    "test_rt08_tail_returns_the_end_of_the_log",
    "test_rt08_the_request_id_is_the_functions",
]
