"""Two HTTP hops without anything of Lambda: the least that a function in a process of its own can take."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, web

from emulator.free_ports import free_ports
from facepipe.bench.peers.measured_peer import URLS, Address, RunningPeer, process_of
from facepipe.bench.peers.measured_project import MeasuredProject

BODY_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class BareHops:
    """A server that passes requests on to another, which answers with their length."""

    name: str = "bare-hops"
    offers: frozenset[str] = frozenset((URLS,))
    lacks: str = "it is two HTTP servers without anything of Lambda"

    def prepare(self) -> str:
        """Install nothing."""
        return "aiohttp"

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:
        """Run both servers, each in a process of its own."""
        ports, module = free_ports(), [sys.executable, "-P", "-m", "facepipe.bench.peers.bare_hops"]
        addresses = dict.fromkeys(project.with_urls, Address(ports.url))
        with (
            process_of([*module, str(ports.api)], folder / "log"),
            process_of([*module, str(ports.url), str(ports.api)], folder / "log") as front,
        ):
            yield RunningPeer(self.name, addresses=addresses, emulator_pid=front.pid)


async def _length(request: web.Request) -> web.Response:
    return web.json_response({"length": len(await request.read())})


async def _front(behind: int) -> web.Application:
    app = web.Application(client_max_size=BODY_BYTES)

    async def passed_on(request: web.Request) -> web.Response:
        async with session.post(f"http://127.0.0.1:{behind}/", data=await request.read()) as answer:
            return web.Response(body=await answer.read(), content_type="application/json")

    async def closed(_: web.Application) -> None:
        await session.close()

    session = ClientSession()
    app.on_cleanup.append(closed)
    app.router.add_post("/", passed_on)
    return app


async def _back() -> web.Application:
    app = web.Application(client_max_size=BODY_BYTES)
    app.router.add_post("/", _length)
    return app


if __name__ == "__main__":
    port, *behind = map(int, sys.argv[1:])
    web.run_app(_front(behind[0]) if behind else _back(), host="127.0.0.1", port=port, print=None, access_log=None)
