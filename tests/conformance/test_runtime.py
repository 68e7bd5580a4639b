"""Invocations on the real RIE, from outside: how each way of ending looks to the caller, and that none is the last."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.acceptance.processes import of_kind
from tests.conformance.conftest import Tiny

AWS_VARIABLES = {
    "_HANDLER": "tests.functions.tiny.describe",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_Image",
    "AWS_LAMBDA_FUNCTION_NAME": "describe",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/describe",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "TZ": ":UTC",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
}


def test_rt01_the_environment_is_lambdas(tiny: Tiny) -> None:
    seen = tiny.post("describe").json()["environment"]
    assert {name: seen.get(name) for name in AWS_VARIABLES} == AWS_VARIABLES
    assert seen["GREETING"] == "hello"
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"} <= set(seen)
    assert not {name for name in seen if name.startswith(("PYTEST", "FACEPIPE", "VIRTUAL_ENV"))}, (
        "nothing of ours leaks"
    )


def test_rt09_the_context_has_our_request_id(tiny: Tiny) -> None:
    answer = tiny.post("describe")
    described = answer.json()
    assert described["request_id"] == answer.headers["x-amzn-requestid"]
    assert (described["function_name"], described["memory_limit_in_mb"]) == ("describe", "256")
    assert 0 < described["remaining_ms"] <= 3000


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"do": "raise", "message": "told to"}, "ValueError: told to"),
        ({"do": "exit"}, "Runtime.ExitError"),
        ({"do": "vanish"}, "Runtime.ExitError"),
        ({"do": "kill"}, "perhaps out of memory"),
        ({"do": "unmarshallable"}, "Runtime.MarshalError"),
        ({"do": "large", "bytes": 7_000_000}, "Function.ResponseSizeTooLarge"),
        ({"do": "sleep", "seconds": 5}, "Task timed out after 2.00 seconds"),
    ],
)
def test_fu22_every_failure_is_a_502_whose_cause_is_in_the_log_and_the_next_call_works(
    tiny: Tiny, order: dict, why: str
) -> None:
    answer = tiny.obey(**order)
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")
    request_id = answer.headers["x-amzn-requestid"]
    assert tiny.eventually(lambda: request_id in tiny.log())
    line = next(line for line in tiny.log().splitlines() if request_id in line and "→ 502" in line)
    assert why in line
    assert tiny.obey(do="nothing").json()["done"] == "nothing"


def test_rt12_a_result_that_looks_like_an_error_is_a_result(tiny: Tiny) -> None:
    answer = tiny.obey(do="fake error")
    assert answer.status_code == 200
    assert answer.json()["errorMessage"] == "no error"


def test_a_module_that_cannot_be_imported_is_a_502_every_time(tiny: Tiny) -> None:
    assert [tiny.post("broken").status_code for _ in range(2)] == [502, 502]
    assert "broken at import" in tiny.log()


def test_rt06_calls_never_overlap_in_an_environment(tiny: Tiny) -> None:
    """Fifty at once on two environments: an overlap would kill RIE (AWS.md fact 1)."""
    before = sorted(of_kind(tiny.stack.process.pid, "rie"))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: tiny.obey(do="sleep", seconds=0.02), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["pid"] for answer in answers}) == 2
    assert sorted(of_kind(tiny.stack.process.pid, "rie")) == before


def test_a_caller_that_goes_away_does_not_free_the_environment(tiny: Tiny) -> None:
    before = sorted(of_kind(tiny.stack.process.pid, "rie"))
    for _ in range(6):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(tiny.url("obey"), content=json.dumps({"do": "sleep", "seconds": 0.5}), timeout=0.1)
    assert tiny.obey(do="nothing").status_code == 200
    assert sorted(of_kind(tiny.stack.process.pid, "rie")) == before


@pytest.mark.parametrize("kind", ["rie", "handler", "supervisor"])
def test_a_killed_process_comes_back(tiny: Tiny, kind: str) -> None:
    root = tiny.stack.process.pid
    with ThreadPoolExecutor(4) as pool:  # both environments are warm: their handlers run
        list(pool.map(lambda _: tiny.obey(do="sleep", seconds=0.1), range(4)))
    expected = {name: len(of_kind(root, name)) for name in ("rie", "supervisor")}
    victims = [pid for pid in of_kind(root, kind) if "obey" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(victims[0], signal.SIGKILL)
    assert tiny.eventually(lambda: tiny.obey(do="nothing").status_code == 200)
    assert tiny.eventually(lambda: {name: len(of_kind(root, name)) for name in expected} == expected)


def test_fu25_reserved_concurrency_0_throttles_every_call(tiny: Tiny) -> None:
    answer = tiny.post("closed")
    assert answer.status_code == 429
    assert answer.headers["x-amzn-errortype"] == "TooManyRequestsException"


def test_health_tells_what_runs(tiny: Tiny) -> None:
    report = httpx.get(tiny.stack.health).json()
    assert report["status"] == "ok"
    assert report["functions"]["echo"]["ready"] == 2
    assert {"jobs", "jobs-dead", "ordered.fifo"} <= set(report["queues"])


def test_the_functions_output_is_in_the_log_without_ries(tiny: Tiny) -> None:
    tiny.obey(do="nothing")
    assert tiny.eventually(lambda: "obeying nothing" in tiny.log())
    assert "(rapid)" not in tiny.log()
