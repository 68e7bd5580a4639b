"""The supervisor as a process of its own, on the oldest Python that is here: images bring their own."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.emulator.supervisor.test_keeping_rie import ANSWERING
from tests.unit.emulator.supervisor.test_runtime_engine import RUNTIME

ROOT = Path(__file__).resolve().parents[4]
OLDEST = ("python3.8", "python3.9", "python3.10")


def oldest_python() -> str:
    """The oldest interpreter of those that are here and run; a shim of a version manager may not."""
    for name in OLDEST:
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return sys.executable


async def supervising(
    folder: Path, engine: str, scenario: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> str:
    """Run a supervisor against a link that a test speaks for; return what it wrote to standard error."""
    token = folder / "token"
    token.write_text("this-start\n")
    rie = folder / "rie"
    rie.write_text(ANSWERING)
    rie.chmod(rie.stat().st_mode | stat.S_IXUSR)
    connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    link = await asyncio.start_server(lambda *streams: connected.put_nowait(streams), "127.0.0.1", 0)
    port = link.sockets[0].getsockname()[1]
    command = [oldest_python(), "-m", "emulator.supervisor", "--emulator", f"127.0.0.1:{port}", "--function", "f"]
    command += ["--rie", str(rie), "--listen", "127.0.0.1", "--token-file", str(token), "--"]
    command += [sys.executable, "-S", str(RUNTIME)] if engine == "runtime-api" else ["true"]
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(240):
            reader, writer = await connected.get()
            await scenario(reader, writer)
            tell(writer, {"type": "stop"})
            _, errors = await process.communicate()
            writer.close()
            assert process.returncode == 0, errors.decode()
            return errors.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        link.close()


def tell(writer: asyncio.StreamWriter, message: dict) -> None:
    writer.write(json.dumps(message).encode() + b"\n")


async def hear(reader: asyncio.StreamReader, kind: str) -> dict:
    while (message := json.loads(await reader.readline()))["type"] != kind:
        pass
    return message


@pytest.mark.parametrize(
    ("engine", "path"), [("rie", "/2015-03-31/functions/function/invocations"), ("runtime-api", "/invocation")]
)
def test_it_shows_its_token_and_takes_invocations_of_who_shows_it(tmp_path: Path, engine: str, path: str) -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await hear(reader, "hello")
        assert (hello["function"], hello["token"]) == ("f", "this-start")
        limits = {"timeout_s": 5, "init_s": 10}
        tell(writer, {"type": "configure", "engine": engine, "environment": {"INIT_S": "0"}, **limits})
        address = f"http://127.0.0.1:{(await hear(reader, 'ready'))['port']}{path}"
        headers = {"Lambda-Runtime-Aws-Request-Id": "r-1", "Facepipe-Token": "this-start"}
        async with httpx.AsyncClient(timeout=30) as http:
            assert (
                await http.post(address, content=b'""', headers={**headers, "Facepipe-Token": "x"})
            ).status_code == 403
            assert (await http.post(address, content=b'""', headers=headers)).status_code == 200
        assert (await hear(reader, "done"))["request_id"] == "r-1"

    assert asyncio.run(supervising(tmp_path, engine, scenario)) == ""
