"""`--debug`, as an editor sees it: a debugger attaches, stops in functions, and nothing gives up meanwhile."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from emulator.debugging.targets import DebugTargets
from emulator.free_ports import free_ports
from emulator.settings import Settings
from facepipe.client.endpoints import sqs_client
from facepipe.paths import Paths
from facepipe.pipeline import Pipeline
from tests.debug_adapter_client import PATIENCE_S, DebugAdapterClient
from tests.emulators import EmulatorThread, running_in_thread

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
CODE = FUNCTIONS / "debugged.py"
LONGER_THAN_TIMEOUTS_S = 2.5  #: the functions have one second, and messages are hidden for two
SHORTER_THAN_THE_STAND_S = 0.5


def line_of(text: str, file: Path = CODE) -> tuple[Path, int]:
    """The place to stop at: the line that ends with this text, such as a comment."""
    lines = file.read_text(encoding="utf-8").splitlines()
    (number,) = (i for i, line in enumerate(lines, 1) if line.endswith(text))
    return file, number


def stand() -> None:
    """Let more time pass than the timeouts allow."""
    threading.Event().wait(LONGER_THAN_TIMEOUTS_S)


@dataclass
class Debugged:
    """The running functions, `first` and `second`, with the ports for debuggers."""

    stack: EmulatorThread
    targets: DebugTargets
    pool: ThreadPoolExecutor

    def debugger(self, function: str) -> DebugAdapterClient:
        return DebugAdapterClient(self.targets.ports[function])

    def post(self, **order: Any) -> Future[httpx.Response]:
        return self.pool.submit(httpx.post, self.stack.endpoints.url, json=order, timeout=PATIENCE_S)

    def results(self, *doubles: int) -> list[dict[str, Any]]:
        """Wait for the messages that `second` sends at its end for the numbers of which these are the doubles.

        Others are passed over: after a call of `second` that was too slow, its message comes once more.
        """
        sqs, found = sqs_client(self.stack.endpoints), dict[int, dict[str, Any]]()
        url = sqs.get_queue_url(QueueName="done")["QueueUrl"]
        end = time.monotonic() + PATIENCE_S
        while not set(doubles) <= set(found):
            assert time.monotonic() < end, f"not all of {doubles} have come: {found}"
            for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                told = json.loads(message["Body"])
                found[told["twice"]] = told
        return [found[double] for double in doubles]

    def debuggers(self) -> dict[str, str]:
        return httpx.get(self.stack.health).json()["debuggers"]

    def log(self) -> str:
        return self.stack.log.read_text(encoding="utf-8")

    def trace(self) -> list[dict[str, Any]]:
        """The steps of the last request."""
        (last, *_) = httpx.get(f"{self.stack.endpoints.api}/traces").json()["traces"]
        return httpx.get(f"{self.stack.endpoints.api}/trace/{last['identifier']}").json()["spans"]


@contextlib.contextmanager
def debugged(log: Path, targets: DebugTargets) -> Iterator[Debugged]:
    settings = Settings(FUNCTIONS / "debugged.yaml", ports=free_ports(), debug=targets)
    with ThreadPoolExecutor() as pool, running_in_thread(settings, log) as stack:
        yield Debugged(stack, targets, pool)


def targets_of(*functions: str) -> DebugTargets:
    return DebugTargets({name: free_ports().url for name in functions})


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debugged]:
    with debugged(tmp_path_factory.mktemp("debugged") / "up.log", targets_of("first", "second")) as it:
        yield it


def test_a_debugger_stops_in_both_functions_of_one_request_for_longer_than_their_timeouts(both: Debugged) -> None:
    with both.debugger("first") as first, both.debugger("second") as second:
        first.attach(line_of("stop in first"))
        second.attach(line_of("stop in second"))
        answer = both.post(do="", number=21)

        stop = first.stopped()
        assert (stop.function, first.value(stop, "number")) == ("first", "21")
        assert both.debuggers() == {"first": "held", "second": "attached"}
        stand()
        first.go_on(stop)
        assert answer.result().json()["number"] == 21
        hour_ms = 3_600_000
        assert answer.result().json()["remaining_ms"] > 11 * hour_ms

        stop = second.stopped()
        assert (stop.function, stop.reason) == ("second", "breakpoint")
        stop = second.step(stop)
        assert (stop.reason, second.value(stop, "twice")) == ("step", "42")
        stand()
        second.go_on(stop)
        assert both.results(42) == [{"twice": 42, "received": 1}]

    held = [span for span in both.trace() if span["name"] == "held by a debugger"]
    assert {span["note"] for span in held} == {"first", "second"}
    assert re.search(r"second: held by a debugger \(RequestId [0-9a-f-]{36}\)", both.log())
    end = time.monotonic() + PATIENCE_S
    while sqs_depths(both) != {"between": 0, "done": 0}:  # `second` returns after it has sent its message
        assert time.monotonic() < end, sqs_depths(both)
        time.sleep(0.05)


def sqs_depths(it: Debugged) -> dict[str, int]:
    queues = httpx.get(it.stack.health).json()["queues"]
    return {name: depth["visible"] + depth["in_flight"] for name, depth in queues.items()}


def test_breakpoint_in_a_handler_stops_in_the_debugger(both: Debugged) -> None:
    with both.debugger("first") as first:
        first.attach()
        answer = both.post(do="breakpoint", number=1)
        stop = first.stopped()
        assert (stop.function, first.value(stop, "order['do']")) == ("first", "'breakpoint'")
        first.go_on(stop)
        assert answer.result().status_code == 200
    both.results(2)


@pytest.mark.parametrize("end", [DebugAdapterClient.detach, DebugAdapterClient.cut])
def test_when_the_debugger_has_left_timeouts_run_again(both: Debugged, end: Any) -> None:
    with both.debugger("first") as first:
        first.attach(line_of("stop in first"))
        answer = both.post(do="sleep", number=3)
        first.stopped()
        end(first)
        assert answer.result().status_code == 502
        assert "Task timed out after 1.00 seconds" in both.log()
    both.results(6)


def test_calls_wait_in_line_for_the_one_environment_that_is_held(both: Debugged) -> None:
    with both.debugger("first") as first:
        first.attach(line_of("stop in first"))
        calls = [both.post(do="", number=number) for number in (1, 2)]
        first.stopped()
        stand()
        assert not any(call.done() for call in calls)
        first.detach()
        assert {call.result().status_code for call in calls} == {200}
    both.results(2, 4)


def test_a_function_that_is_changed_while_it_is_held_is_replaced_after_its_call(both: Debugged) -> None:
    api = boto3.client("lambda", endpoint_url=both.stack.endpoints.api, region_name="us-east-1", **KEYS)
    with both.debugger("first") as first:
        first.attach(line_of("stop in first"))
        answer = both.post(do="", number=7)
        stop = first.stopped()
        api.update_function_configuration(FunctionName="first", Timeout=2)
        assert first.value(stop, "number") == "7", "it still stands"
        first.go_on(stop)
        assert answer.result().json()["number"] == 7
    both.results(14)
    attaches_to_the_next_environment(both)


def test_after_a_crash_a_debugger_attaches_to_the_next_environment(both: Debugged) -> None:
    with both.debugger("first") as first:
        first.attach()
        assert both.post(do="exit", number=0).result().status_code == 502
    attaches_to_the_next_environment(both)


def attaches_to_the_next_environment(both: Debugged) -> None:
    with both.debugger("first") as first:
        first.attach(line_of("stop in first"))
        answer = both.post(do="", number=8)
        stop = first.stopped()
        assert first.value(stop, "number") == "8"
        first.go_on(stop)
        assert answer.result().status_code == 200
    both.results(16)


def test_with_wait_a_function_starts_only_after_a_debugger_has_attached(tmp_path: Path) -> None:
    log, targets = tmp_path / "up.log", targets_of("first").waiting()

    def stop_at_import() -> str:
        with DebugAdapterClient(targets.ports["first"]) as first:
            first.attach(line_of("stop at import"))
            stop, before = first.stopped(), log.read_text(encoding="utf-8")
            assert first.value(stop, "os.environ['AWS_LAMBDA_FUNCTION_NAME']") == "'first'"
            first.detach()
            return before

    with ThreadPoolExecutor() as pool:
        before = pool.submit(stop_at_import)
        with debugged(log, targets) as it:
            assert "first: waits for a debugger on port" in before.result()
            assert "first: environment" not in before.result(), "its init phase was not over"
            assert it.post(do="", number=1).result().status_code == 200


def test_of_the_face_pipeline_too_and_its_client_waits_meanwhile(
    tmp_path: Path, models_dir: Path, samples: Path
) -> None:
    targets, services = targets_of("face-detection", "face-recognition"), Paths().root / "services"
    settings = Settings(Paths().template, parameters={"Gallery": ""}, ports=free_ports(), debug=targets)
    with ThreadPoolExecutor() as pool, running_in_thread(settings, tmp_path / "up.log") as stack:
        detection, recognition = (DebugAdapterClient(port) for port in targets.ports.values())
        with detection, recognition:
            detection.attach(line_of("faces, crops = self._faces(sighting)", services / "face_detection/handler.py"))
            recognition.attach(line_of("index = self.gallery.current()", services / "face_recognition/handler.py"))
            pipeline = Pipeline(stack.endpoints)
            result = pool.submit(pipeline.recognise, samples / "grace_hopper.jpg", timeout_s=SHORTER_THAN_THE_STAND_S)

            stop = detection.stopped()
            assert detection.value(stop, "len(sighting.boxes)") == "1"
            detection.go_on(stop)
            stop = recognition.stopped()
            assert recognition.value(stop, "len(event['Records'])") == "1"
            stop = recognition.step(stop)
            stand()
            assert not result.done()
            recognition.go_on(stop)
            assert result.result(PATIENCE_S) == "Grace Hopper"
