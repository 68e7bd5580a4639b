"""The engine without RIE, driven over its two HTTP ports: a runtime of a few lines, and an emulator that only listens."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from emulator.supervisor.debug_command import DebugCommand
from emulator.supervisor.offered_invocation import OfferedInvocation
from emulator.supervisor.runtime_engine import RuntimeEngine

RUNTIME = Path(__file__).with_name("small_runtime.py")
LIMIT = 6_291_556
TOKEN = "this-start"
NOT_TAKEN = 503


class Emulator:
    """Takes what a supervisor tells."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self._news = asyncio.Event()

    def send(self, kind: str, **fields: object) -> None:
        self.sent.append({"type": kind, **fields})
        self._news.set()

    async def drained(self) -> None:
        pass

    def heard(self, kind: str) -> list[dict]:
        return [message for message in self.sent if message["type"] == kind]

    async def hears(self, kind: str, number: int = 1) -> dict:
        """Wait until a kind of message has come so many times."""
        async with asyncio.timeout(240):
            while len(found := self.heard(kind)) < number:
                self._news.clear()
                await self._news.wait()
        return found[number - 1]


class Running:
    def __init__(self, engine: RuntimeEngine, emulator: Emulator, http: httpx.AsyncClient) -> None:
        self.engine, self.emulator, self.http = engine, emulator, http

    async def call(self, payload: object = "", request_id: str = "r-1", **headers: str) -> httpx.Response:
        """Make a call as the emulator does: one that was not taken is made anew after the next start."""
        while True:
            starts = len(self.emulator.heard("ready"))
            answer = await self.post(payload, request_id, **headers)
            if answer.status_code != NOT_TAKEN:
                return answer
            await self.emulator.hears("ready", starts + 1)

    async def post(self, payload: object = "", request_id: str = "r-1", **headers: str) -> httpx.Response:
        port = (await self.emulator.hears("ready"))["port"]
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        head = {"Facepipe-Token": TOKEN, "Lambda-Runtime-Aws-Request-Id": request_id, **headers}
        return await self.http.post(f"http://127.0.0.1:{port}/invocation", content=body, headers=head)

    def logged(self) -> list[str]:
        return [message["line"] for message in self.emulator.sent if message["type"] == "log"]


@asynccontextmanager
async def running(
    *arguments: str,
    timeout_s: int = 30,
    init_s: float = 0.3,
    limit_s: float = 30,
    extensions: str = "",
    variables: Mapping[str, str] | None = None,
    **more: object,
) -> AsyncIterator[Running]:
    command = [sys.executable, "-S", str(RUNTIME), *arguments]
    options = argparse.Namespace(listen="127.0.0.1", port=0, command=command, extensions=extensions)
    emulator = Emulator()
    environment = {"INIT_S": str(init_s), **(variables or {})}
    configuration = {"environment": environment, "timeout_s": timeout_s, "init_s": limit_s, **more}
    engine = RuntimeEngine(options, configuration, emulator, token=TOKEN)
    task = asyncio.ensure_future(engine.run())
    try:
        async with httpx.AsyncClient(timeout=60) as http:
            yield Running(engine, emulator, http)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def run(scenario: Callable) -> None:
    asyncio.run(scenario())


def test_a_call_and_what_the_runtime_sees_of_it() -> None:
    async def scenario() -> None:
        async with running() as it:
            headers = {
                "Lambda-Runtime-Trace-Id": "Root=1-x",
                "Lambda-Runtime-Invoked-Function-Arn": "arn:f",
                "Other": "x",
            }
            answer = await it.call("headers", **headers)
            assert answer.headers["facepipe-outcome"] == "success"
            seen = answer.json()
            assert seen["lambda-runtime-trace-id"] == "Root=1-x"
            assert seen["lambda-runtime-invoked-function-arn"] == "arn:f"
            assert "other" not in seen
            assert int(seen["lambda-runtime-deadline-ms"]) > 1_700_000_000_000
            done = await it.emulator.hears("done")
            assert done["request_id"] == "r-1"
            assert done["peak_mb"] >= 1
            assert it.logged() == ["called with headers"], "before the answer"

    run(scenario)


def test_rt13_an_answer_that_names_another_attempt_is_refused() -> None:
    """Every attempt has an id of its own; a runtime that sends none back, as the others of these tests, is not asked."""

    async def scenario() -> None:
        async with running() as it:
            assert (await it.call("attempts")).json() == 2
            ids = [(await it.call("headers")).json()["lambda-runtime-invocation-id"] for _ in range(2)]
            assert it.logged()[0] == "attempts: 400 202"
            assert ids[0] != ids[1]

    run(scenario)


def test_rt06_calls_that_come_at_once_are_made_one_after_the_other() -> None:
    async def scenario() -> None:
        async with running() as it:
            calls = [it.call("overlap", f"r-{n}") for n in range(10)]
            answers = await asyncio.gather(*calls)
            assert [answer.json() for answer in answers] == [{"running": 1}] * 10

    run(scenario)


@pytest.mark.parametrize(
    ("order", "outcome", "says"),
    [
        ("error", "function error", b"told to"),
        ("exit 3", "crash", b"exit status 3"),
        ("exit 0", "crash", b"exited without providing a reason"),
        ("kill", "crash", b"signal: killed"),
        (f"large {LIMIT + 1}", "response too large", b"Function.ResponseSizeTooLarge"),
        ("sleep", "timeout", b""),
    ],
)
def test_rt07_every_way_to_end_and_the_next_call_works(order: str, outcome: str, says: bytes) -> None:
    async def scenario() -> None:
        async with running(timeout_s=1 if outcome == "timeout" else 30) as it:
            answer = await it.call(order)
            assert answer.headers["facepipe-outcome"] == outcome
            assert says in answer.content
            assert (await it.call("pid", "r-2")).headers["facepipe-outcome"] == "success"

    run(scenario)


def test_fu26_the_largest_payloads_pass_both_ways() -> None:
    async def scenario() -> None:
        async with running() as it:
            answer = await it.call(f"large {LIMIT}".ljust(LIMIT - 2))
            assert (answer.headers["facepipe-outcome"], len(answer.content)) == ("success", LIMIT)
            assert (await it.call(b"x" * (LIMIT + 1))).status_code == 400

    run(scenario)


def test_a_chunked_response_is_read() -> None:
    async def scenario() -> None:
        async with running() as it:
            assert (await it.call("chunked")).json() == {"a": "b"}

    run(scenario)


def test_an_answer_to_another_request_is_refused() -> None:
    async def scenario() -> None:
        async with running() as it:
            assert (await it.call("wrong id")).json() == {"refused": 400}

    run(scenario)


def test_rt18_a_slow_init_phase_is_ended_and_run_again_for_the_first_call_within_its_timeout(tmp_path: Path) -> None:
    """As recorded on 2026-09-23: the duration of the first call includes the second attempt."""
    file = tmp_path / "quicker from now on"

    async def scenario() -> None:
        async with running("no init before", str(file), limit_s=0.05) as it:
            ready = await it.emulator.hears("ready")
            assert (ready["init_status"], ready["inside_call"]) == ("timeout", False)
            assert ready["init_ms"] >= 50
            assert "the init phase took longer than 0.05 s" in ready["init_error"]
            file.touch()
            answer = await it.call("pid")
            assert answer.headers["facepipe-outcome"] == "success"
            assert float(answer.headers["facepipe-duration-ms"]) >= 300
            again = await it.emulator.hears("ready", 2)
            assert (again["init_status"], again["inside_call"], again["init_error"]) == ("success", True, "")
            assert (await it.call("pid", "r-2")).json() == answer.json(), "no third attempt"
            assert len(it.emulator.heard("ready")) == 2

    run(scenario)


def test_rt18_the_init_phase_of_a_function_that_is_debugged_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine debugpy's start alone took longer than Lambda allows, and a debugger waited for ever."""
    monkeypatch.setattr(DebugCommand, "around", lambda _, command, port: list(command))

    async def scenario() -> None:
        async with running("slow init", limit_s=0.05, debug={"debugpy": "", "wait": False}) as it:
            ready = await it.emulator.hears("ready")
            assert (ready["init_status"], ready["init_error"]) == ("success", "")

    run(scenario)


def test_rt18_an_init_phase_that_is_slower_than_the_timeout_fails_every_call() -> None:
    async def scenario() -> None:
        async with running("slow init", limit_s=0.05, timeout_s=1, init_s=60) as it:
            for number in (1, 2):
                answer = await it.call("pid", f"r-{number}")
                assert answer.headers["facepipe-outcome"] == "timeout"
                ready = await it.emulator.hears("ready", number + 1)
                assert (ready["init_status"], ready["inside_call"]) == ("timeout", True)

    run(scenario)


@pytest.mark.parametrize(("how", "says"), [("init error", b"no luck"), ("init exit", b"exit status 4")])
def test_rt05_a_failed_init_phase_is_tried_again_for_each_call(how: str, says: bytes) -> None:
    async def scenario() -> None:
        async with running(how) as it:
            assert says.decode() in (await it.emulator.hears("ready"))["init_error"]
            for number in (1, 2):
                answer = await it.call("pid", f"r-{number}")
                assert answer.headers["facepipe-outcome"] == "init failure"
                assert says in answer.content
            assert len(it.emulator.heard("ready")) == 3, "not over and over"

    run(scenario)


def test_a_runtime_that_ends_between_calls_is_replaced_at_once() -> None:
    async def scenario() -> None:
        async with running() as it:
            first = (await it.call("exit soon")).json()
            assert "exit code 5" in (await it.emulator.hears("reset"))["reason"]
            await it.emulator.hears("ready", 2)
            assert (await it.call("pid", "r-2")).json() != first

    run(scenario)


def test_the_emulator_can_have_it_start_anew() -> None:
    async def scenario() -> None:
        async with running() as it:
            first = (await it.call("pid")).json()
            await it.engine.restart((await it.emulator.hears("ready"))["start"])
            assert (await it.call("pid", "r-2")).json() != first

    run(scenario)


def test_an_order_to_start_anew_that_comes_after_the_new_start_changes_nothing() -> None:
    async def scenario() -> None:
        async with running() as it:
            await it.call("exit 1")
            second = (await it.call("pid", "r-2")).json()
            await it.engine.restart(it.emulator.heard("ready")[0]["start"])
            assert (await it.call("pid", "r-3")).json() == second

    run(scenario)


def test_rt05_a_new_init_phase_after_a_crash_may_take_longer_than_the_timeout_of_the_next_call() -> None:
    """A handler that ends with a status was once said to have timed out: it was never called."""

    async def scenario() -> None:
        async with running("slow init", timeout_s=1, init_s=1.5) as it:
            await it.call("exit 1")
            assert (await it.post("exit 7", "r-2")).status_code == NOT_TAKEN, "rather than wait within its timeout"
            assert [message["request_id"] for message in it.emulator.heard("done")] == ["r-1"]
            assert b"exit status 7" in (await it.call("exit 7", "r-2")).content

    run(scenario)


def test_a_call_is_not_given_to_a_runtime_that_has_just_ended() -> None:
    """Its end may be known to the kernel before anything here has noticed it."""

    async def scenario() -> None:
        async with running() as it:
            pid = (await it.call("pid")).json()
            runtime = it.engine._runtime.result()
            os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):  # asyncio's thread may have collected it already
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222  # nobody here shall have a turn
            assert not runtime.group.exited.done()
            call = OfferedInvocation({"Lambda-Runtime-Aws-Request-Id": "r-2"}, b"{}")
            assert await runtime.call(call, 5) is None
            assert not call.handed

    run(scenario)


def test_a_call_that_a_dying_runtime_has_not_read_was_not_taken() -> None:
    async def scenario() -> None:
        async with running("deaf") as it:
            posting = asyncio.ensure_future(it.post("pid"))
            runtime = await asyncio.wait_for(it.engine._runtime, 240)
            while not (runtime._call and runtime._call.handed):
                await asyncio.sleep(0)
            runtime.group.signal(signal.SIGKILL)
            assert (await posting).status_code == NOT_TAKEN

    run(scenario)


@pytest.mark.parametrize("token", ["", "another", TOKEN + "x"])
def test_a_caller_without_the_functions_token_reaches_no_function(token: str) -> None:
    async def scenario() -> None:
        async with running() as it:
            answer = await it.post("stolen", **{"Facepipe-Token": token})
            assert answer.status_code == 403
            assert "only the emulator may invoke this environment" in answer.text
            assert (await it.call("headers")).headers["facepipe-outcome"] == "success"
            assert it.logged() == ["called with headers"]

    run(scenario)


def test_the_body_of_a_caller_without_the_token_is_not_read() -> None:
    async def scenario() -> None:
        async with running() as it:
            port = (await it.emulator.hears("ready"))["port"]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /invocation HTTP/1.1\r\nContent-Length: 6000000\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 403 "), "before a byte of the body has come"
            writer.close()

    run(scenario)
