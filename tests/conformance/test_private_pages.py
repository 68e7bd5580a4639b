"""Photos and enrolled faces on port 9001 are for the user who runs the emulator, and not for others of the machine."""

import asyncio
import contextlib
import json
import os
import pwd
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from emulator.console_addresses import read_addresses
from emulator.edge.peer_owner import PeerOwner
from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace
from emulator.settings import Settings
from facepipe.paths import Paths
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources

ANOTHER_USER = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable  #: one that everybody may run
PRIVATE = [
    ("GET", "/services/faces/people"),
    ("HEAD", "/services/faces/people"),
    ("POST", "/services/faces/photos?name=Eve"),
    ("DELETE", "/services/faces/people?name=Ada"),
    ("GET", "/%73ervices/faces/people"),
    ("GET", "/payloads?key=x"),
    ("GET", "/payloads/1"),
    ("GET", "/payloads/events/x?part=body"),
]
#: what any program can do, with one connection for each request
ASK = """
import http.client, json, sys
port, asked = sys.argv[1], json.loads(sys.argv[2])
for method, path in asked:
    connection = http.client.HTTPConnection("127.0.0.1", int(port))
    connection.request(method, path, b"x" if method == "POST" else None)
    answer = connection.getresponse()
    print(json.dumps([answer.status, answer.read().decode()]))
    connection.close()
"""


@dataclass
class Served:
    """An emulator with a service behind it, and what that service was asked."""

    port: int
    asked: list[str]

    async def ask_as_nobody(self, asked: list[tuple[str, str]]) -> list[tuple[int, str]]:
        """Send requests as another user of this machine."""
        command = [PYTHON, "-c", ASK, str(self.port), json.dumps(asked)]
        nobody = pwd.getpwnam("nobody").pw_uid
        running = await asyncio.create_subprocess_exec(
            *command, user=nobody, cwd="/", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await running.communicate()
        assert not errors, errors.decode()
        return [(status, text) for status, text in map(json.loads, output.decode().splitlines())]


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    ports, place = free_ports(), ConsolePlace(Paths().console_pages)
    services = read_addresses([f"faces=unix:{folder}/s"])
    settings = replace(Settings(Path("none")), ports=ports, console=place, console_services=services)
    served = Served(ports.api, [])

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        served.asked.append(f"{request.method} {request.path}")
        return web.json_response({"people": []})

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    await web.UnixSite(runner, f"{folder}/s").start()
    try:
        async with asyncio.timeout(240), emulator_of(resources(), {}, settings):
            yield served
    finally:
        await runner.cleanup()


@ANOTHER_USER
def test_another_user_sees_no_photo_and_no_face_and_changes_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as emulator:
            answers = await emulator.ask_as_nobody(PRIVATE)
            assert [status for status, _ in answers] == [403] * len(PRIVATE)
            assert "only to the user who runs the emulator" in answers[0][1]
            assert emulator.asked == []

    asyncio.run(main())


@ANOTHER_USER
def test_another_user_still_calls_what_is_no_private_page(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as emulator:
            asked = [("GET", "/2015-03-31/functions/"), ("GET", "/health"), ("GET", "/")]
            assert [status for status, _ in await emulator.ask_as_nobody(asked)] == [200, 200, 200]

    asyncio.run(main())


def test_this_user_sees_and_changes_them(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as emulator, aiohttp.ClientSession(f"http://127.0.0.1:{emulator.port}") as http:
            for method, path in PRIVATE:
                async with http.request(method, path) as answer:
                    assert answer.status != 403, path
            assert len(emulator.asked) == 5

    asyncio.run(main())


def test_a_change_whose_sender_has_hung_up_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel does not know any more whose it was."""
    monkeypatch.setattr("emulator.edge.private_pages.owner_of", lambda _ends: PeerOwner.GONE)

    async def main() -> None:
        async with served(tmp_path) as emulator, aiohttp.ClientSession() as http:
            answer = await http.delete(f"http://127.0.0.1:{emulator.port}/services/faces/people?name=Ada")
            assert (answer.status, emulator.asked) == (403, [])

    asyncio.run(main())


@pytest.mark.parametrize("caller", [PeerOwner.ELSEWHERE, PeerOwner.UNKNOWN])
def test_callers_of_whom_the_kernel_cannot_know_are_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caller: PeerOwner
) -> None:
    """In compose every caller comes through Docker's proxy; other systems have no table of connections."""
    monkeypatch.setattr("emulator.edge.private_pages.owner_of", lambda _ends: caller)

    async def main() -> None:
        async with served(tmp_path) as emulator, aiohttp.ClientSession() as http:
            answer = await http.get(f"http://127.0.0.1:{emulator.port}/services/faces/people")
            assert (answer.status, emulator.asked) == (200, ["GET /people"])

    asyncio.run(main())
