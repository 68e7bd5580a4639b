"""What a flood of connections and large requests does to an emulator that may have 1,024 descriptors."""

import asyncio
import contextlib
import gzip
import json
import socket
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.settings import RUNTIME_API, Settings
from facepipe.client.endpoints import sqs_client
from facepipe.local_pipeline import LocalPipeline, running
from tests.conformance.conftest import TEMPLATE, Tiny

DESCRIPTORS = 1_024
CONNECTIONS = 2_000
CALLS, CALL_BYTES = 200, 4_000_000
MEMORY_MB = 700  #: more than the bodies that are held at once at two ports (256 MB, and copies on their way); all 200 are 1,000 MB each


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """The application under `ulimit -n 1024`."""
    folder = tmp_path_factory.mktemp("flood")
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nulimit -n {DESCRIPTORS}\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    settings = Settings(TEMPLATE, environments=Limits(2), ports=free_ports(), engine=RUNTIME_API)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(python))
        started = running(settings, folder / "up.log")
        stack = started.__enter__()
    try:
        yield Tiny(stack, sqs_client(stack.endpoints), "runtime-api")
    finally:
        started.__exit__(None, None, None)


def process_of(tiny: Tiny) -> Path:
    """Where the system says of the emulator's process what it holds."""
    assert isinstance(tiny.stack, LocalPipeline)
    return Path(f"/proc/{tiny.stack.process.pid}")


def descriptors(tiny: Tiny) -> int:
    return len(list((process_of(tiny) / "fd").iterdir()))


def peak_mb(tiny: Tiny) -> int:
    """The most memory that the emulator has had since `forget_peak`."""
    status = (process_of(tiny) / "status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1_024


def forget_peak(tiny: Tiny) -> None:
    (process_of(tiny) / "clear_refs").write_text("5")


@contextlib.contextmanager
def flood(tiny: Tiny) -> Iterator[None]:
    """Hold 2,000 connections that are idle, half-headed or half-bodied, at all ports."""
    ports = tiny.stack.ports
    beginnings = (
        b"",
        b"POST / HTTP/1.1\r\nHost: a\r\nX-Half: ",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 30_000,
    )
    with contextlib.ExitStack() as sockets:
        for number, port in zip(range(CONNECTIONS), cycle((ports.url, ports.api, ports.sqs, ports.functions))):
            connection = sockets.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            with contextlib.suppress(ConnectionError):  # ended already, to make room for others
                connection.sendall(beginnings[number % len(beginnings)])
        yield


def check_all_ports(tiny: Tiny) -> None:
    assert httpx.get(tiny.stack.health, timeout=60).json()["status"] == "ok"
    assert tiny.obey(do="nothing").status_code == 200
    assert tiny.tell(do="nothing")["Payload"]["done"] == "nothing"
    tiny.put("brief", "through the flood")
    (message,) = tiny.sqs.receive_message(QueueUrl=tiny.queue("brief"), WaitTimeSeconds=5)["Messages"]
    tiny.sqs.delete_message(QueueUrl=tiny.queue("brief"), ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """500 MB in less than 3 MB."""
    bomb = gzip.compress(b"\0" * 500_000_000, 1)
    assert len(bomb) < 3_000_000
    return bomb


@pytest.mark.parametrize("port", ["url", "api", "sqs", "functions"])
def test_a_decompression_bomb_takes_no_memory(confined: Tiny, bomb: bytes, port: str, record_figure) -> None:
    forget_peak(confined)
    before = peak_mb(confined)
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    path = "" if port in ("url", "sqs") else "2015-03-31/functions/echo/invocations"
    number = getattr(confined.stack.ports, port)
    answer = httpx.post(f"http://127.0.0.1:{number}/{path}", content=bomb, headers=headers, timeout=60)
    after = peak_mb(confined)
    record_figure(f"a bomb of {len(bomb):,} bytes at {port}: {answer.status_code}, {after} MB at most, {before} before")
    assert after - before < 100
    assert httpx.get(confined.stack.health, timeout=60).status_code == 200


def test_a_flood_of_idle_and_half_sent_connections_stops_nothing(confined: Tiny, record_figure) -> None:
    check_all_ports(confined)
    forget_peak(confined)
    before = peak_mb(confined)
    for _ in range(2):
        with flood(confined):
            check_all_ports(confined)
            assert descriptors(confined) < DESCRIPTORS - 100, "some are left for environments and files"
            assert confined.post("obey", {"do": "vanish"}).status_code == 502
            assert confined.eventually(lambda: httpx.get(confined.stack.health, timeout=60).is_success)
            check_all_ports(confined)  # an environment has started anew
    for complaint in ("Too many open files", "Error handling request", "never retrieved"):
        assert complaint not in confined.log()
    after = peak_mb(confined)
    record_figure(
        f"{CONNECTIONS:,} idle and half-sent connections: the emulator had {after} MB at most, {before} before"
    )
    assert after - before < 200


@pytest.mark.parametrize("port", ["url", "api"])
def test_waiting_calls_of_4_mb_are_all_answered_within_a_bound_of_memory(
    confined: Tiny, port: str, record_figure
) -> None:
    confined.start_both()
    forget_peak(confined)
    before = peak_mb(confined)
    order = json.dumps({"do": "sleep", "seconds": 0.05, "padding": "x" * CALL_BYTES})
    url, body = confined.url("obey"), order
    if port == "api":
        url = f"http://127.0.0.1:{confined.stack.ports.api}/2015-03-31/functions/obey/invocations"
        body = json.dumps({"body": order})

    async def call(http: httpx.AsyncClient) -> int:
        return (await http.post(url, content=body.encode())).status_code

    async def ask_meanwhile(http: httpx.AsyncClient, calls: list[asyncio.Task[int]]) -> int:
        answers = 0
        while not all(call.done() for call in calls):
            answer = await http.get(confined.stack.health)
            assert answer.status_code == 200
            answers += 1
        return answers

    async def scenario() -> tuple[list[int], int]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(timeout=500, limits=limits) as http:
            calls = [asyncio.ensure_future(call(http)) for _ in range(CALLS)]
            answers = await ask_meanwhile(http, calls)
            return await asyncio.gather(*calls), answers

    statuses, answers = asyncio.run(scenario())
    after = peak_mb(confined)
    record_figure(
        f"{CALLS} waiting calls of {CALL_BYTES:,} bytes at {port}: the emulator had {after} MB at most, {before} before;"
        f" /health answered {answers} times meanwhile"
    )
    assert statuses == [200] * CALLS
    assert answers > 3
    assert after < MEMORY_MB
