"""The journal from outside: each cause is one command away from the request's id."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from facepipe.paths import Paths
from tests import command_line
from tests.conformance.conftest import Tiny

#: (what `obey` is told, what `trace` and `logs` must say)
CAUSES: dict[str, tuple[dict[str, Any], str, str]] = {
    "raise": ({"do": "raise", "message": "out of luck"}, "ValueError: out of luck", "ValueError: out of luck"),
    "timeout": (
        {"do": "sleep", "seconds": 4},
        "Task timed out after 2.00 seconds",
        "Task timed out after 2.00 seconds",
    ),
    "crash": ({"do": "vanish", "code": 3}, "Runtime exited with error: exit status 3", "Runtime.ExitError"),
    "signal": ({"do": "kill"}, "signal: killed", "signal: killed"),
}


def ask(tiny: Tiny, path: str, **query: str | float) -> httpx.Response:
    return httpx.get(f"{tiny.stack.endpoints.api}{path}", params=query, timeout=60)


def facepipe(tiny: Tiny, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command_line.facepipe(*arguments, "--api", tiny.stack.endpoints.api)


@pytest.mark.parametrize("cause", CAUSES)
def test_trace_and_logs_lead_from_the_request_id_to_the_cause(tiny: Tiny, cause: str) -> None:
    order, in_trace, in_logs = CAUSES[cause]
    request_id = f"{cause}-{time.time_ns()}"
    assert tiny.obey(**order, request_id=request_id).status_code == 502
    trace = facepipe(tiny, "trace", request_id)
    assert in_trace in " ".join(trace.stdout.split()), trace.stderr
    assert "failed" in trace.stdout.splitlines()[0]
    logs = facepipe(tiny, "logs", "obey", "--request-id", request_id)
    assert in_logs in logs.stdout
    assert "START RequestId" in logs.stdout
    # A function's own error is none of the environment: its REPORT has no status (RT-10).
    assert ("Status: " in logs.stdout) == (cause != "raise")
    errors = facepipe(tiny, "logs", "--errors", "--request-id", request_id, "--since", "5m")
    assert in_logs in errors.stdout
    assert "START RequestId" not in errors.stdout
    assert request_id in facepipe(tiny, "trace", "--failed").stdout


def test_a_throttled_request_is_named_though_its_function_was_never_called(tiny: Tiny) -> None:
    request_id = f"throttled-{time.time_ns()}"
    assert tiny.post("closed", {"request_id": request_id}).status_code == 429
    trace = facepipe(tiny, "trace", request_id).stdout
    assert "above ReservedConcurrentExecutions; raise it" in " ".join(trace.split())
    assert "429" in trace
    assert (
        "Rate Exceeded: above ReservedConcurrentExecutions" in facepipe(tiny, "logs", "--request-id", request_id).stdout
    )


def test_es45_a_dead_letter_is_found_by_its_id_and_by_what_its_sender_calls_it(tiny: Tiny) -> None:
    name = f"dead-{time.time_ns()}"
    body = json.dumps({"do": "raise", "request_id": name})
    (message_id,) = tiny.put("jobs", body)
    assert tiny.eventually(lambda: any(s["name"] == "dead-lettered" for s in _spans(tiny, message_id)))
    by_message, by_name = _spans(tiny, message_id), _spans(tiny, name)
    assert by_message == by_name
    assert [s["name"] for s in by_name if s["name"] in ("returned", "dead-lettered")] == ["returned", "dead-lettered"]
    assert "ValueError: told to" in facepipe(tiny, "logs", "--request-id", name).stdout
    (row,) = [row for row in ask(tiny, "/traces", failed=1).json()["traces"] if name in row["names"]]
    assert "told to" in row["why"]


def test_a_request_whose_second_stage_fails_is_never_shown_as_well(tiny: Tiny) -> None:
    """The first stage's message comes without its trace header, as from a function behind RIE (docs/rie.md, RIE-4)."""
    name = f"second-{time.time_ns()}"
    assert tiny.obey(do="well", request_id=name).status_code == 200
    tiny.put("jobs", json.dumps({"do": "raise", "request_id": name}))

    def step(kind: str) -> bool:
        return any(span["name"] == kind for span in _spans(tiny, name))

    assert tiny.eventually(lambda: step("returned"))
    told = ask(tiny, f"/trace/{name}").json()
    assert told["failed"] or not told["complete"], "its message comes back, or is a dead letter by now"
    assert tiny.eventually(lambda: step("dead-lettered"))
    told = ask(tiny, f"/trace/{name}").json()
    assert (told["failed"], told["complete"]) == (True, True)
    assert {"accepted", "obey", "responded", "in jobs", "worker"} <= {span["name"] for span in told["spans"]}
    assert "failed" in facepipe(tiny, "trace", name).stdout.splitlines()[0]
    assert [row["failed"] for row in ask(tiny, "/traces").json()["traces"] if name in row["names"]] == [True]


def _spans(tiny: Tiny, identifier: str) -> list[dict]:
    answer = ask(tiny, f"/trace/{identifier}")
    return answer.json().get("spans", [])


def test_a_trace_goes_from_the_url_through_the_call_to_the_answer(tiny: Tiny) -> None:
    root = f"1-{int(time.time()):08x}-{'0123456789ab' * 2}"
    answer = tiny.post("obey", {"do": "well", "request_id": root}, headers={"x-amzn-trace-id": f"Root={root}"})
    assert answer.headers["x-amzn-trace-id"] == f"Root={root}"
    told = ask(tiny, f"/trace/{root}").json()
    names = [span["name"] for span in told["spans"]]
    steps = [span["name"] for span in told["spans"] if not span["is_part"]]
    assert steps[0] == "accepted"
    assert {"obey", "thinking", "acting", "responded"} <= set(names)
    assert told["complete"]
    assert not told["failed"]
    assert told["names"] == [root]


def test_calls_one_after_another_in_one_environment_keep_their_own_lines(tiny: Tiny) -> None:
    """Results and lines come on different ways: under load, the next call begins before the last line is here."""
    from concurrent.futures import ThreadPoolExecutor

    names = [f"busy-{time.time_ns()}-{number}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: tiny.obey(do="well", request_id=name), names))
    last = names[-1]
    assert tiny.eventually(lambda: "REPORT" in ask(tiny, "/logs", request_id=last).text)
    for name, answer in zip(names, answers, strict=True):
        lines = ask(tiny, "/logs", request_id=name).json()["lines"]
        assert {line["request_id"] for line in lines} == {answer.headers["x-amzn-requestid"]}
        assert [line["text"].split(" ")[0] for line in lines] == ["START", "obeying", '{"event":', "END", "REPORT"]


def test_stats_and_metrics_count_what_was_done(tiny: Tiny) -> None:
    def counts() -> dict[str, int]:
        told = ask(tiny, "/stats").json()
        return {"url": told["urls"]["obey"]["requests"], **told["functions"]["obey"]}

    tiny.obey(do="well")
    before = counts()
    tiny.obey(do="well")
    tiny.obey(do="raise")
    after = counts()
    assert after["url"] - before["url"] == after["invocations"] - before["invocations"] == 2
    assert after["errors"] - before["errors"] == 1
    assert after["billed_ms"] - before["billed_ms"] >= 2
    assert ask(tiny, "/stats").json()["now"]["functions"]["obey"]["limit"] == 2
    text = ask(tiny, "/metrics").text
    assert 'facepipe_url_responses_total{function="obey",status="502"}' in text
    assert 'facepipe_queue_messages{queue="jobs",state="visible"}' in text
    shown = facepipe(tiny, "stats", "--sqs", tiny.stack.endpoints.sqs, "--since", "1h")
    assert "jobs-dead" in shown.stdout, shown.stderr
    assert json.loads(facepipe(tiny, "stats", "--json").stdout)["functions"]["obey"]["invocations"] >= 3


def test_the_oldest_message_of_a_mapped_queue_has_an_age(tiny: Tiny) -> None:
    (message_id,) = tiny.put("jobs", "sleep")
    assert tiny.eventually(lambda: _spans(tiny, message_id) != [])
    told = ask(tiny, "/stats").json()
    assert told["now"]["queues"]["jobs"]["in_flight"] >= 1
    assert told["now"]["oldest_s"]["jobs"] >= 0
    assert tiny.eventually(lambda: tiny.depth("jobs") == 0, seconds=40)
    assert "jobs" not in ask(tiny, "/stats").json()["now"]["oldest_s"]


def test_what_a_client_has_collected_is_the_end_of_a_trace(tiny: Tiny) -> None:
    root = f"1-{int(time.time()):08x}-{'fedcba987654' * 2}"
    now = time.time() * 1000
    result = {"request_id": "collected-1", "message_id": "m-1", "trace_header": f"Root={root}", "queue": "results"}
    answer = httpx.post(
        f"{tiny.stack.endpoints.api}/collected", json=[{**result, "sent_ms": now - 50, "at_ms": now}], timeout=30
    )
    assert answer.status_code == 200
    (span,) = _spans(tiny, "collected-1")
    assert (span["name"], span["note"]) == ("in results", "collected")
    assert round(span["end_ms"] - span["start_ms"]) == 50


@pytest.mark.parametrize("time_", ["NaN", "1e999", "9" * 400])
def test_a_client_tells_no_time_that_pages_could_not_read(tiny: Tiny, time_: str) -> None:
    result = '"request_id": "r", "message_id": "m", "queue": "q"'
    body = f'[{{{result}, "sent_ms": 1, "at_ms": {time_}}}]'
    answer = httpx.post(f"{tiny.stack.endpoints.api}/collected", content=body, timeout=60)
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [b"no json", b"7", b"[7]", b'[{"request_id": "r"}]', b'{"a": 1}'])
def test_a_client_that_tells_nonsense_is_told_what_to_tell(tiny: Tiny, body: bytes) -> None:
    answer = httpx.post(f"{tiny.stack.endpoints.api}/collected", content=body, timeout=60)
    assert answer.status_code == 400
    assert "message_id" in answer.json()["error"]


def test_a_client_cannot_tell_without_an_end(tiny: Tiny) -> None:
    answer = httpx.post(f"{tiny.stack.endpoints.api}/collected", content=b" " * (1 << 20) + b"[]", timeout=60)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("/trace/nobody", {}, 404, "nothing is known of 'nobody'"),
        ("/logs", {"function": "nobody"}, 404, "there is no function 'nobody', but obey"),
        ("/logs", {"after": "x"}, 400, "after is 'x': give a number"),
        ("/logs", {"limit": "-1"}, 400, "limit is '-1'"),
        ("/stats", {"since_s": "nan"}, 400, "since_s is 'nan'"),
        ("/traces", {"limit": "inf"}, 400, "limit is 'inf'"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    tiny: Tiny, path: str, query: dict[str, str], status: int, said: str
) -> None:
    answer = ask(tiny, path, **query)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_logs_follow_what_comes(tiny: Tiny) -> None:
    command = [sys.executable, "-u", "-m", "facepipe", "logs", "obey", "--follow", "--api", tiny.stack.endpoints.api]
    process = subprocess.Popen(command, cwd=Paths().root, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        name = f"follow-{time.time_ns()}"
        tiny.obey(do="well", request_id=name)
        assert process.stdout
        assert any(name in line for line in process.stdout)
    finally:
        process.terminate()
        process.wait()
        assert process.stdout
        process.stdout.close()
