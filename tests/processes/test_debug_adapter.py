"""debugpy in a function's process takes connections of this user only."""

import contextlib
import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from emulator.debugging.debuggers import debugpy_folder
from emulator.free_ports import free_ports
from emulator.supervisor.debug_command import LAUNCH
from tests.debug_adapter_client import DebugAdapterClient

PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable  # another user may run it
INITIALIZE = {"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}}
SAY_HELLO = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    body = b'{"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}}'
    try:
        connection.sendall(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
        print(connection.recv(100))
    except ConnectionError:
        print(b"")
"""


@contextlib.contextmanager
def waiting_for_a_debugger(port: int) -> Iterator[subprocess.Popen[str]]:
    options = json.dumps({"debugpy": str(debugpy_folder()), "port": port, "wait": True})
    command = [sys.executable, "-X", "frozen_modules=off", LAUNCH, options, "-m", "this"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
def test_another_user_and_a_page_in_a_browser_cannot_attach_past_the_emulator() -> None:
    port, nobody = free_ports().url, pwd.getpwnam("nobody").pw_uid
    with waiting_for_a_debugger(port) as process:
        with DebugAdapterClient(port):
            pass  # it listens
        command = [PYTHON, "-c", SAY_HELLO, str(port)]
        done = subprocess.run(command, user=nobody, cwd="/", capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout == "b''\n"
        with pytest.raises(httpx.HTTPError):
            httpx.post(f"http://127.0.0.1:{port}/", content=json.dumps(INITIALIZE), timeout=60)
        with DebugAdapterClient(port) as debugger:
            debugger.attach()
            assert process.stdout
            assert "The Zen of Python" in process.stdout.readline()
