"""What `trace`, `logs` and `stats` show of an emulator that runs, in a terminal of 80 columns."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import httpx
import pytest

from emulator.environments.scripted_functions import ScriptedContext
from emulator.resources import EventSourceMapping, Function, FunctionUrl, Queue
from facepipe.client.progress import show_queues
from facepipe.client.queues import QueueState
from facepipe.client.terminal_text import safe_console
from tests.command_line import facepipe
from tests.emulators import EmulatorThread, scripted_in_thread
from tests.unit.emulator.stacks import resources

FRONT = Function("Front", "a-long-name-for-a-function-first", "image", (), 3, 128, 512)
BACK = replace(FRONT, logical_id="Back", name="a-long-name-for-a-function-second")
TEMPLATE = resources(
    queues=[Queue("Jobs", "jobs", {"VisibilityTimeout": "300"})],
    functions=[FRONT, BACK],
    urls=[FunctionUrl("FrontUrl", FRONT.name, "NONE")],
    mappings=[EventSourceMapping("JobsToBack", "jobs", BACK.name)],
)
GOOD, BAD = "0b7e4d8e-1f4e-4c0e-9a43-4b1c5a2f6d01", "0b7e4d8e-1f4e-4c0e-9a43-4b1c5a2f6d02"


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorThread]:
    """One photo that two functions have processed, and one that the second could not process."""
    addresses = list[str]()

    def front(event: Any, _context: ScriptedContext) -> dict[str, Any]:
        """Pass the message on without its trace header, as a function behind RIE does."""
        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        sqs = boto3.client("sqs", endpoint_url=addresses[0], **keys)
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"], MessageBody=event["body"])
        return {"statusCode": 200}

    def back(event: Any, context: ScriptedContext) -> None:
        for record in event["Records"]:
            context.log(f"working on {json.loads(record['body'])['filename']}")
            if BAD in record["body"]:
                raise ValueError("no luck")

    with scripted_in_thread(TEMPLATE, {FRONT.name: front, BACK.name: back}) as running:
        addresses.append(f"http://127.0.0.1:{running.ports.sqs}")
        for request_id, name in ((GOOD, "good one.jpg"), (BAD, "bad one.jpg")):
            body = {"request_id": request_id, "filename": name}
            assert httpx.post(running.endpoints.url, json=body, timeout=60).status_code == 200
        until(lambda: {row["names"][0] for row in rows(running) if row["complete"] or row["returns_ms"]} == {GOOD, BAD})
        yield running


def rows(running: EmulatorThread, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(verb(running, "trace", "--json", *arguments))["traces"]
    return found


def until(condition: Callable[[], bool]) -> None:
    """Ask until it is so, for as long as a test may last."""
    while not condition():
        pass


def verb(running: EmulatorThread, *arguments: str, columns: int = 80) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("facepipe.verbs.watch.console", lambda: safe_console(columns))
        result = facepipe(*arguments, "--api", running.endpoints.api)
    assert result.returncode == 0, result.stderr
    return result.stderr + result.stdout


def trace(running: EmulatorThread, *arguments: str, columns: int = 80) -> str:
    return verb(running, "trace", *arguments, columns=columns)


def column(text: str, heading: str, end: str) -> str:
    """A table's column from its heading to where the next begins, without its folds."""
    lines = text.splitlines()
    (header,) = [line for line in lines if heading in line and end in line]
    return "".join(line[header.index(heading) : header.index(end)].strip() for line in lines)


def test_the_list_has_file_names_and_whole_request_ids(emulator: EmulatorThread) -> None:
    text = trace(emulator)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for part in (GOOD, BAD, "good one.jpg", "bad one.jpg"):
        assert part in text
        assert part in trace(emulator, columns=130)


def test_a_request_whose_second_function_failed_is_never_complete(emulator: EmulatorThread) -> None:
    found = {row["names"][0]: row for row in rows(emulator)}
    assert (found[GOOD]["complete"], found[GOOD]["failed"], found[GOOD]["file"]) == (True, False, "good one.jpg")
    assert (found[BAD]["complete"], found[BAD]["failed"]) == (False, False)
    assert found[BAD]["returns_ms"] > 0


def test_failed_lists_what_will_be_tried_again_with_when(emulator: EmulatorThread) -> None:
    text = trace(emulator, "--failed")
    assert re.search(r"again \d\d:\d\d:\d\d", text)
    assert "jobs: ValueError: no luck" in text
    assert "good one" not in text


def test_one_request_is_shown_with_its_file_and_both_functions(emulator: EmulatorThread) -> None:
    text = trace(emulator, BAD)
    assert text.startswith(f"{BAD}  bad one.jpg  ")
    begin = text.splitlines()[1].index("step")
    assert BACK.name in "".join(line[begin : begin + 22].strip() for line in text.splitlines()[1:])
    assert "…" not in text


@pytest.mark.parametrize("columns", [80, 120])
def test_stats_cut_no_name_and_say_since_when(emulator: EmulatorThread, columns: int) -> None:
    text = verb(emulator, "stats", "--sqs", emulator.endpoints.sqs, columns=columns)
    assert re.match(r"since (\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d; for less: --since 5m\n", text)
    assert "…" not in text
    first_column = column(text, "function ", " calls")
    for name in (FRONT.name, BACK.name):
        assert name in (text if columns > 80 else first_column)
    assert max(map(len, text.splitlines())) <= columns


def test_logs_show_the_latest_lines_and_say_since_when(emulator: EmulatorThread) -> None:
    everything = verb(emulator, "logs").splitlines()
    assert re.fullmatch(r"\d+ lines, since \d\d:\d\d:\d\d", everything[0])
    latest = verb(emulator, "logs", "-n", "2").splitlines()
    assert re.fullmatch(r"the latest 2 lines, since \d\d:\d\d:\d\d; for more: -n 20, or --since 1h", latest[0])
    assert latest[1:] == everything[-2:]


def test_a_time_without_lines_is_told(emulator: EmulatorThread) -> None:
    assert verb(emulator, "logs", "--since", "0.0001s") == "no lines of that time: leave out --since\n"


def test_the_version_is_told_before_anything_else() -> None:
    result = facepipe("--version")
    assert result.returncode == 0
    assert re.match(r"facepipe \d+\.\d+\.\d+ \(Python 3\.\d+\.\d+, /", result.stdout)


def test_queues_keep_their_names_whole_in_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    queue = QueueState("student-req-queue", "", "", 120, 10, 0, 3600.0)
    dead = QueueState("student-req-queue-dlq", "", "", 0, 0, 0, None, ("student-req-queue",))
    show_queues([queue, dead], safe_console(80))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if "student" in line]
    assert lines == [
        ["student-req-queue", "120", "10", "0", "3600"],
        ["student-req-queue-dlq", "0", "0", "0", "student-req-queue"],
    ]
