"""Faults on demand, from outside: `facepipe fault`, and what callers, traces, logs and figures show of it."""

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from emulator.app import Emulator
from emulator.environments.scripted_functions import ScriptedContext
from emulator.resources import EventSourceMapping, Function, FunctionUrl, Queue
from tests import command_line
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources

ECHO = Function("Echo", "echo", "image", (), 1, 128, 512)
WORKER = replace(ECHO, logical_id="Worker", name="worker")
TEMPLATE = resources(
    queues=[
        Queue("Jobs", "jobs", {"VisibilityTimeout": "1"}),
    ],
    functions=[ECHO, WORKER],
    urls=[FunctionUrl("EchoUrl", "echo", "NONE")],
    mappings=[EventSourceMapping("JobsToWorker", "jobs", "worker")],
)
KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}


@dataclass
class Running:
    """The emulator, as a program on this machine sees it."""

    api: str
    url: str
    bodies: list[str]  #: that the worker was given
    calls: list[str]  #: of the function echo

    def facepipe(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return command_line.facepipe(*arguments, "--api", self.api)

    def post(self) -> httpx.Response:
        return httpx.post(self.url, content="hello", timeout=60)

    def client(self, service: str) -> Any:
        config = Config(retries={"max_attempts": 0}, read_timeout=10)
        return boto3.client(service, endpoint_url=self.api, config=config, **KEYS)

    def invoke(self, function: str = "echo") -> dict[str, Any]:
        answer = self.client("lambda").invoke(FunctionName=function, Payload=b'"hello"')
        return {"error": answer.get("FunctionError"), "payload": json.loads(answer["Payload"].read())}

    def send(self, body: str) -> None:
        sqs = self.client("sqs")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"], MessageBody=body)

    def waits_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.bodies
            time.sleep(0.05)

    def depth(self) -> int:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(told["ApproximateNumberOfMessages"]) + int(told["ApproximateNumberOfMessagesNotVisible"])


def with_emulator(scenario: Callable[[Running], None]) -> None:
    bodies: list[str] = []
    calls: list[str] = []

    async def echo(event: Any, context: ScriptedContext) -> Any:
        calls.append(context.aws_request_id)
        return event.get("body") if isinstance(event, dict) else event

    async def worker(event: Any, context: ScriptedContext) -> None:
        bodies.extend(record["body"] for record in event["Records"])

    async def main() -> None:
        async with asyncio.timeout(240), emulator_of(TEMPLATE, {"echo": echo, "worker": worker}) as emulator:
            await asyncio.to_thread(scenario, running(emulator))

    def running(emulator: Emulator) -> Running:
        ports = emulator.settings.ports
        return Running(f"http://127.0.0.1:{ports.api}", f"http://127.0.0.1:{ports.url}/", bodies, calls)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "error_type", "shown"),
    [
        ("error", "InjectedFault", "injected by `facepipe fault echo error`"),
        ("timeout", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("crash", "Runtime.ExitError", "exit status 1"),
        ("oom", "Runtime.ExitError", "out of memory at 128 MB"),
        ("slow=3s", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_the_next_call_fails_as_it_was_said_and_the_one_after_it_is_well(
    kind: str, error_type: str, shown: str
) -> None:
    def scenario(running: Running) -> None:
        assert "the next one" in running.facepipe("fault", "echo", kind)
        failed = running.invoke()
        assert failed["error"] == "Unhandled"
        assert failed["payload"]["errorType"] == error_type
        assert running.calls == [], "the handler was not called"
        assert running.invoke() == {"error": None, "payload": "hello"}
        assert running.facepipe("fault") == "no fault is on\n"
        logs = running.facepipe("logs", "echo")
        assert logs.count("REPORT RequestId") == 2
        figures = json.loads(running.facepipe("stats", "--json"))["functions"]["echo"]
        assert (figures["invocations"], figures["errors"]) == (2, 1)
        running.facepipe("fault", "echo", kind)
        assert running.post().status_code == 502
        trace = " ".join(running.facepipe("trace", "--failed").split())
        assert "failed" in trace
        failed_id = json.loads(running.facepipe("trace", "--failed", "--json"))["traces"][0]
        identifier = failed_id.get("request_id") or failed_id["identifier"]
        assert shown in " ".join(running.facepipe("trace", identifier).split())

    with_emulator(scenario)


def test_a_throttled_call_is_refused_as_by_reserved_concurrency() -> None:
    def scenario(running: Running) -> None:
        running.facepipe("fault", "echo", "throttle", "--next", "2")
        assert running.post().status_code == 429
        with pytest.raises(running.client("lambda").exceptions.ClientError) as refused:
            running.invoke()
        assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert running.post().status_code == 200
        figures = json.loads(running.facepipe("stats", "--json"))["functions"]["echo"]
        assert figures["throttles"] == 2

    with_emulator(scenario)


def test_a_slow_call_answers_later_and_its_duration_says_so() -> None:
    def scenario(running: Running) -> None:
        running.facepipe("fault", "echo", "slow=0.5s")
        assert running.invoke() == {"error": None, "payload": "hello"}
        report = next(line for line in running.facepipe("logs", "echo").splitlines() if "REPORT" in line)
        assert float(report.split("Duration: ")[1].split(" ms")[0]) >= 500

    with_emulator(scenario)


def test_a_fault_until_off_goes_on_until_it_is_switched_off() -> None:
    def scenario(running: Running) -> None:
        assert "all, until `facepipe fault echo off`" in running.facepipe("fault", "echo", "error", "--until-off")
        assert [running.post().status_code for _ in range(3)] == [502, 502, 502]
        assert running.facepipe("fault") == "echo: error (all, until `facepipe fault echo off`)\n"
        assert running.facepipe("fault", "echo", "off") == "1 fault switched off\n"
        assert running.post().status_code == 200
        assert running.facepipe("fault", "off") == "0 faults switched off\n"

    with_emulator(scenario)


def test_a_rate_concerns_a_share_of_the_calls() -> None:
    def scenario(running: Running) -> None:
        running.facepipe("fault", "echo", "error", "--rate", "0.5")
        codes = {running.post().status_code for _ in range(64)}
        assert codes == {200, 502}, "the chance of 64 equal ones is 1 in 9 trillion million"

    with_emulator(scenario)


def test_a_duplicate_delivery_calls_the_function_a_second_time() -> None:
    def scenario(running: Running) -> None:
        running.facepipe("fault", "worker", "duplicate")
        running.send("one")
        running.waits_for(lambda: running.bodies == ["one", "one"])
        running.waits_for(lambda: running.depth() == 0)
        running.send("two")
        running.waits_for(lambda: "two" in running.bodies)
        assert running.bodies == ["one", "one", "two"]

    with_emulator(scenario)


def test_a_lost_delete_brings_the_message_back_after_its_visibility_timeout() -> None:
    def scenario(running: Running) -> None:
        running.facepipe("fault", "worker", "lost-delete")
        running.send("one")
        running.waits_for(lambda: running.bodies == ["one", "one"] and running.depth() == 0)

    with_emulator(scenario)


def test_a_late_answer_of_the_mapping_lets_the_message_be_received_again() -> None:
    def scenario(running: Running) -> None:
        running.facepipe("fault", "worker", "late")
        running.send("one")
        running.waits_for(lambda: len(running.bodies) >= 2)
        assert set(running.bodies) == {"one"}
        running.waits_for(lambda: running.depth() == 0)

    with_emulator(scenario)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "error"), "there is no function 'nobody'; choose one of echo, worker"),
        (("nobody", "off"), "there is no function 'nobody'"),
        (("echo", "explode"), "choose one of error, timeout, crash"),
        (("echo", "slow"), "say how slow"),
        (("echo", "duplicate"), "echo has none"),
        (("echo",), "name the fault"),
        (("echo", "error", "--next", "2", "--rate", "0.5"), "choose one of --next, --rate and --until-off"),
        (("echo", "error", "--rate", "7"), "rate is 7.0"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_cure(arguments: tuple[str, ...], words: str) -> None:
    def scenario(running: Running) -> None:
        done = running.run("fault", *arguments)
        assert done.returncode == 2
        assert words in " ".join(done.stderr.replace("│", " ").split())

    with_emulator(scenario)


def test_a_page_of_another_origin_cannot_switch_a_fault_on() -> None:
    def scenario(running: Running) -> None:
        rule = {"function": "echo", "kind": "error"}
        refused = httpx.post(f"{running.api}/faults", json=rule, headers={"Origin": "http://evil.example"})
        assert refused.status_code == 403
        assert httpx.get(f"{running.api}/faults").json() == {"faults": []}
        for body in (b"{", b"x" * 20_000):
            assert httpx.post(f"{running.api}/faults", content=body).status_code == 400

    with_emulator(scenario)
