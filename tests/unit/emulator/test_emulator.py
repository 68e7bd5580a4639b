"""A whole emulator in this process: real ports, queues in memory, functions that are Python callables."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from emulator.app import Emulator
from emulator.environments.scripted_functions import FunctionCrashError, ScriptedContext
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.listening import Port, is_free
from emulator.parts.foundation import Foundation
from emulator.parts.parts import Parts
from emulator.parts.served_ports import served_ports
from emulator.resources import EventInvokeConfig, EventSourceMapping, Function, FunctionUrl, Queue, Resources
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources

ECHO = Function("Echo", "echo", "image", (), 3, 128, 512)
WORKER = replace(ECHO, logical_id="Worker", name="worker")
ODD = replace(ECHO, logical_id="Odd", name="odd", timeout_s=1)
ECHO_URL = FunctionUrl("EchoUrl", "echo", "NONE")
JOBS, ENDS = Queue("Jobs", "jobs", {"VisibilityTimeout": "30"}), Queue("Ends", "ends", {})
POLLED = EventSourceMapping("JobsToWorker", "jobs", "worker")
TEMPLATE = resources(
    queues=[JOBS, ENDS],
    functions=[ECHO, WORKER, ODD],
    urls=[ECHO_URL],
    mappings=[POLLED],
    event_invokes=[EventInvokeConfig("odd", retries=0, on_failure="arn:aws:sqs:us-east-1:000000000000:ends")],
)


class Scripts:
    """The functions' code, and what they were called with."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.arrived = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()

    def all(self) -> dict[str, Any]:
        return {"echo": self.echo, "late": self.echo, "worker": self.worker, "odd": self.odd}

    async def echo(self, event: Any, context: ScriptedContext) -> Any:
        context.log(f"called {context.function_name}")
        await self.hold.wait()
        return event.get("body", event) if isinstance(event, dict) else event

    async def worker(self, event: Any, context: ScriptedContext) -> None:
        self.bodies += [record["body"] for record in event["Records"]]
        self.arrived.set()

    def odd(self, event: str, context: ScriptedContext) -> Any:
        match event:
            case "crash":
                raise FunctionCrashError("exit code 3")
            case "large":
                return "x" * 6_291_557
            case "unmarshallable":
                return {1, 2}
        raise ValueError(event)


def run(scenario: Callable[[Emulator, Scripts], Awaitable[None]], template: Resources = TEMPLATE) -> None:
    async def main() -> None:
        scripts = Scripts()
        async with asyncio.timeout(240), emulator_of(template, scripts.all()) as emulator:
            await scenario(emulator, scripts)

    asyncio.run(main())


async def post(emulator: Emulator, position: int, body: str) -> str:
    url = f"http://127.0.0.1:{emulator.settings.ports.function_url(position)}/"
    async with aiohttp.ClientSession() as http, http.post(url, data=body) as answer:
        return await answer.text()


async def try_post(emulator: Emulator, position: int, body: str) -> str | None:
    try:
        return await post(emulator, position, body)
    except aiohttp.ClientConnectorError:
        return None


async def invoke(emulator: Emulator, function: str, event: object) -> Outcome:
    return await emulator.parts.pools.invoke(Invocation(function, f"id-{event}", json.dumps(event).encode()))


async def eventually(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_a_url_a_mapping_and_the_api_work_without_any_process() -> None:
    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        assert await post(emulator, 0, "hello") == "hello"
        await emulator.parts.queues.queues.send("jobs", "first")
        await scripts.arrived.wait()
        assert scripts.bodies == ["first"]
        api = f"http://127.0.0.1:{emulator.settings.ports.api}"
        async with aiohttp.ClientSession() as http:
            health = await (await http.get(f"{api}/health")).json()
            assert health["status"] == "ok"
            lines = await (await http.get(f"{api}/logs")).json()
            assert "called echo" in [line["text"] for line in lines["lines"]]

    run(scenario)


def test_environments_start_while_queues_and_ports_open(monkeypatch: pytest.MonkeyPatch) -> None:
    starting: list[int] = []

    @contextlib.asynccontextmanager
    async def slow_ports(base: Foundation, parts: Parts, *others: Any) -> AsyncIterator[None]:
        await eventually(lambda: all(pool.ready for pool in parts.pools.pools.values()))
        starting.append(len(parts.pools.pools))
        async with served_ports(base, parts, *others):
            yield

    async def scenario(emulator: Emulator, _: Scripts) -> None:
        assert starting == [3]
        assert await post(emulator, 0, "hello") == "hello"

    monkeypatch.setattr("emulator.parts.served_ports.served_ports", slow_ports)
    run(scenario)


@pytest.mark.parametrize(
    ("event", "kind", "words"),
    [
        ("crash", OutcomeKind.CRASH, "exit code 3"),
        ("large", OutcomeKind.RESPONSE_TOO_LARGE, "exceeded maximum allowed payload size (6291556 bytes)"),
        ("unmarshallable", OutcomeKind.FUNCTION_ERROR, "not JSON serializable"),
        ("told to", OutcomeKind.FUNCTION_ERROR, "told to"),
    ],
)
def test_a_scripted_function_fails_as_a_real_one(event: str, kind: OutcomeKind, words: str) -> None:
    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        outcome = await invoke(emulator, "odd", event)
        assert outcome.kind is kind
        assert words in json.loads(outcome.payload)["errorMessage"]
        assert (await invoke(emulator, "echo", "next")).payload == b'"next"'

    run(scenario)


def test_rt12_a_scripted_function_times_out() -> None:
    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        scripts.hold.clear()
        emulator.stack.functions.put("echo", replace(ECHO, timeout_s=1))
        outcome = await invoke(emulator, "echo", "late")
        assert outcome.kind is OutcomeKind.TIMEOUT
        assert "Task timed out after 1.00 seconds" in json.loads(outcome.payload)["errorMessage"]

    run(scenario)


def test_a_function_that_is_added_to_a_running_emulator_answers_at_its_url() -> None:
    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        late = replace(ECHO, logical_id="Late", name="late")
        url = replace(ECHO_URL, logical_id="LateUrl", function="late")
        emulator.stack.apply(replace(TEMPLATE, functions=(*TEMPLATE.functions, late), urls=(ECHO_URL, url)))
        while (answer := await try_post(emulator, 1, "late")) is None:
            await asyncio.sleep(0.01)
        assert answer == "late"

    run(scenario)


def test_a_function_that_is_removed_ends_its_environments_after_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long they take: a caller that was waiting when its URL was removed gets its answer."""

    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        scripts.hold.clear()
        call = asyncio.ensure_future(post(emulator, 0, "last"))
        await eventually(lambda: emulator.parts.pools.pools["echo"].in_flight == 1)
        port = Port("127.0.0.1", emulator.settings.ports.function_url(0), "--url-port")
        emulator.stack.apply(replace(TEMPLATE, functions=(WORKER, ODD), urls=()))
        await eventually(lambda: is_free(port))
        broken_off, _ = await asyncio.wait([call], timeout=0.3)
        assert not broken_off
        scripts.hold.set()
        assert await call == "last"
        await eventually(lambda: "echo" not in emulator.parts.pools.pools)
        assert (await invoke(emulator, "echo", "more")).kind is OutcomeKind.NOT_STARTED

    monkeypatch.setattr("emulator.listening.CLOSE_S", 0.01)  # what calls have at the emulator's end
    run(scenario)


def test_a_mapping_that_is_added_with_its_queue_polls() -> None:
    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        more = replace(JOBS, logical_id="More", name="more")
        mapping = replace(POLLED, logical_id="MoreToWorker", queue="more")
        emulator.stack.apply(replace(TEMPLATE, queues=(JOBS, ENDS, more), mappings=(POLLED, mapping)))
        while await emulator.parts.queues.queues.describe("more") is None:
            await asyncio.sleep(0.01)
        await emulator.parts.queues.queues.send("more", "through the new one")
        await scripts.arrived.wait()
        assert scripts.bodies == ["through the new one"]

    run(scenario)


def test_an_emulator_that_ends_finishes_what_is_in_flight() -> None:
    async def main() -> None:
        scripts = Scripts()
        async with asyncio.timeout(240):
            async with emulator_of(TEMPLATE, scripts.all()) as emulator:
                scripts.hold.clear()
                call = asyncio.ensure_future(invoke(emulator, "echo", "last"))
                await eventually(lambda: emulator.parts.pools.pools["echo"].in_flight == 1)
                asyncio.get_running_loop().call_later(0.1, scripts.hold.set)
            assert (await call).kind is OutcomeKind.SUCCESS

    asyncio.run(main())


def test_an_error_in_the_block_is_the_callers_own() -> None:
    async def scenario(emulator: Emulator, scripts: Scripts) -> None:
        scripts.hold.clear()
        call = asyncio.ensure_future(invoke(emulator, "echo", "for ever"))
        await asyncio.sleep(0)
        call.add_done_callback(lambda _: None)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run(scenario)
