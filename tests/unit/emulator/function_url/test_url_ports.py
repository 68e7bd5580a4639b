"""Function URLs that are added, moved and removed while the emulator runs, over real ports."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import pytest

from emulator.edge.edge import Edge
from emulator.function_url.page_access import PageAccess
from emulator.function_url.ports import UrlPorts
from emulator.function_url.server import BODY_BYTES, UrlServer
from emulator.function_url.signature import KeyPair
from emulator.function_url.throttle import RequestRates
from emulator.function_url.url_calls import UrlCalls
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.listening import Port, PortError
from emulator.resources import Cors, Function, FunctionUrl
from emulator.stack.stack import LiveUrl, Stack
from emulator.supervisor.processes import reserved_port
from tests.unit.emulator.stacks import resources, stack_of

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
ECHO = replace(WORKER, logical_id="Echo", name="echo")
WORKER_URL, ECHO_URL = FunctionUrl("WorkerUrl", "worker", "NONE"), FunctionUrl("EchoUrl", "echo", "NONE")
TEMPLATE = resources(functions=[WORKER, ECHO], urls=[WORKER_URL])


class Named:
    """Answers with the name of the function that is called."""

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        return Outcome(OutcomeKind.SUCCESS, f'"{invocation.function}"'.encode())


def run(scenario: Callable[[Stack, UrlPorts, list[int]], Awaitable[None]]) -> None:
    async def main() -> None:
        stack = stack_of()
        stack.apply(TEMPLATE)
        gate = Edge.of().gate(BODY_BYTES)
        calls = UrlCalls(Named(), "us-east-1", "0" * 12, KeyPair("k", "s"), RequestRates(stack.functions))
        with reserved_port() as one, reserved_port() as two:
            numbers = [one, two]

            def server(url_id: str) -> UrlServer:
                return UrlServer(url_id, stack.urls, calls, gate, PageAccess(), lambda _: None)

            ports = UrlPorts(stack.urls, server, lambda position: Port("127.0.0.1", numbers[position], "--url-port"))
            await ports.open()
            following = asyncio.ensure_future(ports.follow())
            try:
                await scenario(stack, ports, numbers)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                await ports.close()

    asyncio.run(main())


async def ask(port: int) -> str:
    """Return what is answered at a port; empty when nobody listens."""
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/") as answer:
            return await answer.text()
    except aiohttp.ClientConnectorError:
        return ""


async def eventually(port: int, answer: str) -> None:
    async with asyncio.timeout(240):
        while await ask(port) != answer:
            await asyncio.sleep(0.01)


def test_a_url_that_is_added_is_served_and_one_that_is_removed_is_not() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        assert await ask(numbers[0]) == "worker"
        assert await ask(numbers[1]) == ""
        stack.apply(replace(TEMPLATE, urls=(WORKER_URL, ECHO_URL)))
        await eventually(numbers[1], "echo")
        stack.apply(TEMPLATE)
        await eventually(numbers[1], "")
        assert await ask(numbers[0]) == "worker"

    run(scenario)


def test_urls_that_change_places_change_ports() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        stack.apply(replace(TEMPLATE, urls=(ECHO_URL, WORKER_URL)))
        await eventually(numbers[0], "echo")
        await eventually(numbers[1], "worker")

    run(scenario)


def test_fu27_a_changed_url_answers_as_it_is_now_at_the_same_port() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        changed = replace(WORKER_URL, cors=Cors(allow_origins=("https://here.example",)))
        stack.urls.put(WORKER_URL.id, LiveUrl(changed, 0))
        headers = {"Origin": "https://here.example"}
        async with aiohttp.ClientSession(headers=headers) as http:
            answer = await http.get(f"http://127.0.0.1:{numbers[0]}/")
            assert answer.headers["access-control-allow-origin"] == "https://here.example"

    run(scenario)


def test_a_port_that_is_taken_later_is_in_the_log_and_the_other_urls_are_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        other = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", numbers[1])
        stack.apply(replace(TEMPLATE, urls=(WORKER_URL, ECHO_URL)))
        async with asyncio.timeout(240):
            while "the URL of echo is not served" not in caplog.text:
                await asyncio.sleep(0.01)
        assert "--url-port" in caplog.text
        assert await ask(numbers[0]) == "worker"
        other.close()

    run(scenario)


def test_a_port_that_accepts_none_any_more_can_still_be_closed() -> None:
    """As at the emulator's stop: first no new connection, and then no port."""

    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        ports.stop_accepting()
        assert await ask(numbers[0]) == ""
        await ports.close()

    run(scenario)


def test_a_port_that_is_taken_at_the_start_is_an_error_with_its_cure() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        with pytest.raises(PortError, match="choose another with --url-port"):
            await ports.open()

    run(scenario)


def test_a_url_that_the_api_makes_is_open_when_it_is_announced() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        position = ports.first_free(stack.free_positions())
        assert position == 1
        stack.urls.put(ECHO_URL.id, LiveUrl(ECHO_URL, position))
        assert await ports.opened(ECHO_URL.id)
        assert await ask(numbers[1]) == "echo"

    run(scenario)


def test_a_port_that_another_program_has_is_left_out() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, numbers: list[int]) -> None:
        with reserved_port() as three, socket.create_server(("127.0.0.1", numbers[1])):
            numbers.append(three)
            assert ports.first_free(stack.free_positions()) == 2
            stack.urls.put(ECHO_URL.id, LiveUrl(ECHO_URL, 1))
            assert not await ports.opened(ECHO_URL.id)
            stack.urls.remove(ECHO_URL.id)

    run(scenario)


def test_there_is_no_port_above_the_highest() -> None:
    async def scenario(stack: Stack, ports: UrlPorts, _: list[int]) -> None:
        ports.port = lambda position: Port("127.0.0.1", 65_536 + position, "--url-port")
        with pytest.raises(PortError, match="start the emulator with a lower --url-port"):
            ports.first_free(stack.free_positions())
        ports.port = lambda _: Port("127.0.0.1", 0, "--url-port")

    run(scenario)
