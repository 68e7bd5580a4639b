"""Invocations behind either engine, from outside: what a function sees, how each way of ending looks to the caller.

Where RIE falls short of Lambda, conftest.py says why.
"""

import base64
import contextlib
import json
import math
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.acceptance.processes import alive, command_line, of_kind
from tests.conformance.conftest import Tiny

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

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
    "_AWS_XRAY_DAEMON_PORT": "2000",
}


def test_rt01_the_environment_is_lambdas(tiny: Tiny) -> None:
    seen = tiny.post("describe").json()["environment"]
    assert {name: seen.get(name) for name in AWS_VARIABLES} == AWS_VARIABLES
    assert seen["GREETING"] == "hello"
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"} <= set(seen)
    assert not {name for name in seen if name.startswith(("PYTEST", "FACEPIPE", "VIRTUAL_ENV"))}, (
        "nothing of ours leaks"
    )


def test_rt01_nothing_but_lambdas_variables(tiny: Tiny) -> None:
    seen = {name for name in tiny.post("describe").json()["environment"] if name.startswith("AWS_LAMBDA_")}
    functions = {f"AWS_LAMBDA_FUNCTION_{name}" for name in ("NAME", "MEMORY_SIZE", "VERSION")}
    others = ("INITIALIZATION_TYPE", "LOG_GROUP_NAME", "LOG_STREAM_NAME", "RUNTIME_API")
    assert seen == functions | {f"AWS_LAMBDA_{name}" for name in others}


def test_rt01_the_trace_header_is_in_the_environment(tiny: Tiny) -> None:
    own = [tiny.post("describe").json()["environment"]["_X_AMZN_TRACE_ID"] for _ in range(2)]
    assert own[0] != own[1]
    assert all(header.startswith("Root=1-") for header in own)
    told = tiny.post("describe", headers={"x-amzn-trace-id": TRACE}).json()["environment"]
    root, parent, *rest = told["_X_AMZN_TRACE_ID"].split(";")
    given_root, given_parent, *given_rest = TRACE.split(";")
    assert (root, rest) == (given_root, given_rest)
    assert re.fullmatch("Parent=[0-9a-f]{16}", parent), "the invocation's own segment"
    assert parent != given_parent


def test_rt01_the_supervisors_token_does_not_reach_the_function(tiny: Tiny) -> None:
    environment = tiny.invoke("describe")["Payload"]["environment"]
    assert not [name for name in environment if "FACEPIPE" in name]


def test_rt02_tmp_outlives_warm_calls_and_resets(tiny: Tiny, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    tiny.obey(do="write", path=str(kept))
    assert tiny.obey(do="exit").status_code == 502
    assert tiny.obey(do="nothing").status_code == 200
    assert kept.read_text() == "kept"


def test_rt05_the_init_phase_comes_before_the_first_call(tiny: Tiny) -> None:
    """`closed` is never called."""
    assert "closed: environment" in tiny.log()
    assert any("closed: environment" in line and "initialised in" in line for line in tiny.log().splitlines())


def test_rt05_an_init_phase_may_take_longer_than_the_timeout(tiny: Tiny) -> None:
    assert tiny.invoke("late")["Payload"] == "awake"


def test_rt09_the_context(tiny: Tiny) -> None:
    answer = tiny.invoke("describe")
    seen = answer["Payload"]
    assert seen["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert (seen["function_name"], seen["function_version"]) == ("describe", "$LATEST")
    assert seen["memory_limit_in_mb"] == "256"
    assert seen["log_group_name"] == "/aws/lambda/describe"
    assert seen["log_stream_name"] == seen["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert seen["client_context"] is None
    assert 0 < seen["remaining_ms"] <= 3000


def test_rt23_the_log_stream_is_named_as_on_aws(tiny: Tiny) -> None:
    seen = tiny.invoke("describe")["Payload"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", seen["log_stream_name"])


def test_rt22_a_timeout_in_lambdas_words(tiny: Tiny) -> None:
    answer = tiny.tell(do="sleep", seconds=5)
    request_id = answer["ResponseMetadata"]["RequestId"]
    words = f"RequestId: {request_id} Error: Task timed out after 2.00 seconds"
    assert answer["Payload"] == {"errorType": "Sandbox.Timedout", "errorMessage": words}
    assert answer["Log"][-1].endswith("\tStatus: timeout")


def test_rt09_the_arn_is_the_functions(tiny: Tiny) -> None:
    assert tiny.post("describe").json()["invoked_function_arn"] == f"{ARN}describe"


def test_rt09_the_client_context_arrives(tiny: Tiny) -> None:
    told = base64.b64encode(json.dumps({"custom": {"who": "é"}}).encode()).decode()
    assert tiny.invoke("describe", ClientContext=told)["Payload"]["client_context"] == {"who": "é"}


@pytest.mark.parametrize("told", ["%%%", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{").decode()])
def test_rt09_a_client_context_that_is_none_is_refused(tiny: Tiny, told: str) -> None:
    with pytest.raises(ClientError, match="Client context must be a valid Base64-encoded JSON object"):
        tiny.invoke("describe", ClientContext=told)


def test_rt10_the_report_has_real_figures(tiny: Tiny) -> None:
    tiny.start_both()
    assert tiny.tell(do="exit")["FunctionError"] == "Unhandled"
    calls = [call for _ in range(2) for call in tiny.tell_both(do="allocate", bytes=100 << 20, seconds=0.3)]
    reports = [dict(part.split(": ", 1) for part in call["Log"][-1].strip().split("\t")) for call in calls]
    assert all(call["Log"][-1].startswith("REPORT RequestId: ") for call in calls)
    assert all(int(report["Max Memory Used"].split()[0]) >= 100 for report in reports)
    assert all(float(report["Duration"].split()[0]) >= 300 for report in reports)
    assert all(report["Memory Size"] == "128 MB" for report in reports)
    assert 1 <= sum("Init Duration" in report for report in reports) <= 2, "once for each that started anew"
    for report in reports:
        whole = float(report["Duration"].split()[0]) + float(report.get("Init Duration", "0 ms").split()[0])
        assert int(report["Billed Duration"].split()[0]) == math.ceil(round(whole, 2))


def test_rt10_a_function_cannot_forge_lambdas_lines(tiny: Tiny) -> None:
    """What it prints stays its own line, whoever's words it repeats: nothing is hidden, and no figure is taken from it."""
    forged = [
        "START RequestId: forged Version: $LATEST",
        "26 Nov 2026 15:07:53,324 [INFO] (rapid) INIT REPORT(durationMs: 9999.0) forged",
        '{"request_id": "[ERROR] (rapid) Invoke failed InvokeID=forged"}',
        "END RequestId: forged",
        "REPORT RequestId: forged\tDuration: 9999.00 ms\tStatus: error",
    ]
    log = tiny.tell(do="\n".join(["forging", *forged]))["Log"]
    assert log[0].startswith("START RequestId: ")
    assert log[1:-2] == ["obeying forging", *forged]
    assert log[-1].startswith("REPORT RequestId: ")
    assert "9999" not in log[-1]


def test_rt11_json_logs_of_a_level(tiny: Tiny) -> None:
    lines = [json.loads(line) for line in tiny.invoke("talk")["Log"]]
    assert [line.get("type", line.get("level")) for line in lines] == ["platform.start", "WARNING", "platform.report"]
    assert lines[1]["message"] == "a line of level warning"
    assert lines[0]["record"]["functionArn"] == f"{ARN}talk"
    assert lines[0]["record"]["requestId"] == lines[1]["requestId"] == lines[2]["record"]["requestId"]
    assert lines[2]["record"]["status"] == "success"
    assert {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"} <= set(lines[2]["record"]["metrics"])
    assert tiny.api.get_function_configuration(FunctionName="talk")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "WARN",
        "SystemLogLevel": "INFO",
        "LogGroup": "talks",
    }


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


def test_rt12_an_exception_is_an_error_object(tiny: Tiny) -> None:
    answer = tiny.tell(do="raise", message="told to")
    error = answer["Payload"]
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "told to")
    assert error["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert any("raise ValueError" in line for line in error["stackTrace"])


@pytest.mark.parametrize(
    ("function", "order", "error_type"),
    [
        ("missing", {}, "Runtime.ImportModuleError"),
        ("broken", {}, "RuntimeError"),
        ("obey", {"do": "unmarshallable"}, "Runtime.MarshalError"),
        ("obey", {"do": "exit"}, "Runtime.ExitError"),
        ("obey", {"do": "large", "bytes": 7_000_000}, "Function.ResponseSizeTooLarge"),
    ],
)
def test_rt12_the_type_of_an_error(tiny: Tiny, function: str, order: dict, error_type: str) -> None:
    answer = tiny.invoke(function, {"body": json.dumps(order)})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == error_type


@pytest.mark.parametrize(("code", "status"), [(1, "exit status 1"), (7, "exit status 7")])
def test_rt07_a_crash_tells_its_exit_status(tiny: Tiny, code: int, status: str) -> None:
    assert tiny.tell(do="vanish", code=code)["Payload"]["errorMessage"].endswith(status)


@pytest.mark.parametrize("order", [{"do": "exit"}, {"do": "sleep", "seconds": 5}])
def test_rt07_after_a_crash_or_a_timeout_the_next_call_is_initialised_anew(tiny: Tiny, order: dict) -> None:
    def processes() -> set[int]:
        return {call["Payload"]["pid"] for call in tiny.tell_both(do="sleep", seconds=0.3)}

    before = processes()
    assert tiny.obey(**order).status_code == 502
    after = processes()
    assert len(before) == len(after) == 2
    assert len(before & after) == 1, "the other environment stays as it was"


def test_rt07_a_timeout_ends_all_that_the_function_started(tiny: Tiny) -> None:
    answer = tiny.tell(do="spawn", seconds=5)
    child = next(int(line.split()[1]) for line in answer["Log"] if line.startswith("child "))
    try:
        assert tiny.eventually(lambda: not alive([child]), seconds=30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def test_rt12_a_result_that_looks_like_an_error_is_a_result(tiny: Tiny) -> None:
    answer = tiny.obey(do="fake error")
    assert answer.status_code == 200
    assert answer.json()["errorMessage"] == "no error"


def test_a_module_that_cannot_be_imported_is_a_502_every_time(tiny: Tiny) -> None:
    assert [tiny.post("broken").status_code for _ in range(2)] == [502, 502]
    assert "broken at import" in tiny.log()
    assert "init failure: RuntimeError: broken at import" in tiny.log()


def test_fu26_the_largest_payloads_pass_both_ways(tiny: Tiny) -> None:
    limit = 6_291_556
    filler = "x" * (limit - 2)
    assert tiny.invoke("echo", filler)["Payload"] == filler


def test_rt06_the_environment_is_frozen_between_calls(tiny: Tiny) -> None:
    """A thread that a call has left behind stands still from the end of a call to the beginning of the next one."""
    handlers = {call["Payload"]["pid"] for call in tiny.tell_both(do="tick", seconds=0.3)}
    assert tiny.eventually(lambda: all(is_stopped(pid) for pid in handlers))
    stopped_at = time.monotonic()
    assert not tiny.eventually(lambda: not all(is_stopped(pid) for pid in handlers), seconds=1)
    still_stopped_at = time.monotonic()
    ticks = tiny.tell(do="ticks")["Payload"]["ticks"]  # on Linux, all processes read the same monotonic clock
    assert min(ticks) < stopped_at
    assert [tick for tick in ticks if stopped_at < tick < still_stopped_at] == []


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def engines(tiny: Tiny) -> list[int]:
    """The processes that would not outlive a broken engine."""
    return sorted(of_kind(tiny.pid, "rie" if tiny.engine == "rie" else "supervisor"))


def test_rt06_calls_never_overlap_in_an_environment(tiny: Tiny) -> None:
    """Fifty at once on two environments: an overlap would kill RIE (docs/rie.md, RIE-1)."""
    tiny.start_both()
    before = engines(tiny)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: tiny.obey(do="sleep", seconds=0.02), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["pid"] for answer in answers}) == 2
    assert engines(tiny) == before


def test_a_caller_that_goes_away_does_not_free_the_environment(tiny: Tiny) -> None:
    tiny.start_both()
    before = engines(tiny)
    order, patience = json.dumps({"do": "sleep", "seconds": 0.5}), httpx.Timeout(30, read=0.1)
    for _ in range(6):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(tiny.url("obey"), content=order, timeout=patience)
    assert tiny.obey(do="nothing").status_code == 200
    assert engines(tiny) == before


@pytest.mark.parametrize("kind", ["rie", "handler", "supervisor"])
def test_a_killed_process_comes_back(tiny: Tiny, kind: str) -> None:
    root = tiny.pid
    if kind == "rie" and tiny.engine != "rie":
        assert not of_kind(root, "rie"), "there is none to kill"
        return
    tiny.start_both()
    with ThreadPoolExecutor(4) as pool:  # both environments are warm: their handlers run
        list(pool.map(lambda _: tiny.obey(do="sleep", seconds=0.1), range(4)))
    expected = {name: len(of_kind(root, name)) for name in ("rie", "supervisor")}
    os.kill(of_obey(tiny, kind)[0], signal.SIGKILL)
    if kind == "handler" and tiny.engine == "rie":  # RIE itself may still give a call to a process that just ends
        assert tiny.eventually(lambda: tiny.obey(do="nothing").status_code == 200)
    assert [tiny.obey(do="nothing").status_code for _ in range(4)] == [200] * 4, "it was running no call"
    assert tiny.eventually(lambda: {name: len(of_kind(root, name)) for name in expected} == expected)


@pytest.mark.parametrize("kind", ["rie", "handler", "supervisor"])
def test_a_killed_process_fails_only_the_call_that_it_was_running(tiny: Tiny, kind: str) -> None:
    if kind == "rie" and tiny.engine != "rie":
        return
    name = f"killed-{kind}-{tiny.engine}"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(tiny.tell_both, do="sleep", seconds=1.5, request_id=name)
        assert tiny.eventually(lambda: tiny.log().count(f'"{name}"') == 2), "both have begun"
        for victim in of_obey(tiny, kind):
            os.kill(victim, signal.SIGKILL)
        assert [call["FunctionError"] for call in running.result()] == ["Unhandled"] * 2
    assert [tiny.obey(do="nothing").status_code for _ in range(4)] == [200] * 4


def of_obey(tiny: Tiny, kind: str) -> list[int]:
    return [pid for pid in of_kind(tiny.pid, kind) if "obey" in command_line(pid)]


def test_fu25_reserved_concurrency_0_throttles_every_call(tiny: Tiny) -> None:
    answer = tiny.post("closed")
    assert answer.status_code == 429
    assert answer.headers["x-amzn-errortype"] == "TooManyRequestsException"


def test_health_tells_what_runs(tiny: Tiny) -> None:
    report = httpx.get(tiny.stack.health).json()
    assert report["status"] == "ok"
    assert 1 <= report["functions"]["echo"]["ready"] <= report["functions"]["echo"]["limit"] == 2
    assert {"jobs", "jobs-dead", "ordered.fifo"} <= set(report["queues"])


def test_the_functions_output_is_in_the_log_without_ries(tiny: Tiny) -> None:
    tiny.obey(do="nothing")
    assert tiny.eventually(lambda: "obeying nothing" in tiny.log())
    assert not [line for line in tiny.log().splitlines() if "(rapid)" in line and "forged" not in line]
