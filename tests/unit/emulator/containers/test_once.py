"""A supervisor that ends with its connection, as in the containers that the emulator starts."""

import argparse
import ast
import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.supervisor import __main__ as supervisor
from emulator.supervisor import session

ROOT = Path(__file__).resolve().parents[4]


def options(port: int) -> argparse.Namespace:
    values = {"emulator": f"127.0.0.1:{port}", "once": True, "function": "f", "environment": "e", "token": "t"}
    return argparse.Namespace(
        **values, token_file="", code_version="", listen="127.0.0.1", port=0, extensions="", command=["true"]
    )


async def against(*messages: dict[str, object]) -> int:
    """Run a supervisor against a link that sends these messages and ends; return its exit code."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        for message in messages:
            writer.write(json.dumps(message).encode() + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, asyncio.timeout(240):
        return await supervisor.supervise(options(server.sockets[0].getsockname()[1]))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REFUSED_PAUSE_S", 0)
    monkeypatch.setattr(supervisor, "CONNECT_S", 0.2)


def test_a_python_that_its_own_loader_starts_is_started_so_again(tmp_path: Path) -> None:
    loader = next(iter(Path("/").glob("lib*/ld-linux*.so*")), None) or next(Path("/").glob("lib*/*/ld-linux*.so*"))
    code = "from emulator.supervisor.processes import this_python; print(this_python())"
    python = str(Path(sys.executable).resolve())
    for words in ([str(loader), python], [python]):
        told = subprocess.run([*words, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
        assert ast.literal_eval(told.stdout) == words


def test_it_ends_with_its_connection() -> None:
    configure = {"type": "configure", "engine": "runtime-api", "environment": {}, "timeout_s": 3, "init_s": 10}
    assert asyncio.run(against(configure)) == 0


def test_it_ends_when_it_is_refused() -> None:
    assert asyncio.run(against({"type": "refuse", "reason": "no"})) == supervisor.REFUSED


def test_it_ends_when_the_emulator_is_not_there() -> None:
    async def scenario() -> int:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with asyncio.timeout(240):
            return await supervisor.supervise(options(port))

    assert asyncio.run(scenario()) == supervisor.UNREACHABLE
