"""Emulators in this process: no server, and no process but for functions that a test wants to have as processes."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.app import Emulator
from emulator.environments.scripted_functions import ScriptedFunction
from emulator.free_ports import free_ports
from emulator.loading import load
from emulator.log_text import LogFormatter
from emulator.parts.foundation import StandIns
from emulator.resources import Resources
from emulator.settings import RIE, Ports, Settings
from facepipe.client.endpoints import Endpoints
from facepipe.local_settings import local_settings
from facepipe.paths import Paths


def emulator_of(
    resources: Resources, scripts: Mapping[str, ScriptedFunction], settings: Settings | None = None
) -> Emulator:
    """Return an emulator of these resources, whose functions are callables."""
    ports = free_ports()
    return Emulator(
        settings or replace(Settings(Path("none")), ports=ports),
        resources,
        stand_ins=StandIns(scripts),
    )


@dataclass(frozen=True)
class EmulatorThread:
    """An emulator in a thread of this process; its functions are processes."""

    ports: Ports
    log: Path

    @property
    def endpoints(self) -> Endpoints:
        local = "http://127.0.0.1"
        return Endpoints(f"{local}:{self.ports.url}/", f"{local}:{self.ports.sqs}", api=f"{local}:{self.ports.api}")

    @property
    def health(self) -> str:
        return f"http://127.0.0.1:{self.ports.api}/health"


@contextlib.contextmanager
def running_in_thread(settings: Settings, log: Path) -> Iterator[EmulatorThread]:
    """Run an emulator while the block lasts, with what it says and logs in a file."""
    if settings.engine == RIE:
        from facepipe.present_models import prepare_rie

        prepare_rie(Paths(), print)
    settings = local_settings(Paths(), settings, log)
    with logging_to(log), _in_thread(lambda: Emulator(settings, load(settings), logging.getLogger("say").info)):
        yield EmulatorThread(settings.ports, log)


@contextlib.contextmanager
def scripted_in_thread(resources: Resources, scripts: Mapping[str, ScriptedFunction]) -> Iterator[EmulatorThread]:
    """Run an emulator whose functions are callables while the block lasts, for clients of this or another process."""
    settings = replace(Settings(Path("none")), ports=free_ports())
    with _in_thread(lambda: emulator_of(resources, scripts, settings)):
        yield EmulatorThread(settings.ports, Path("none"))


@contextlib.contextmanager
def _in_thread(make: Callable[[], Emulator]) -> Iterator[None]:
    ready: Future[tuple[asyncio.AbstractEventLoop, Emulator]] = Future()

    async def main() -> None:
        emulator = make()
        async with emulator:
            ready.set_result((asyncio.get_running_loop(), emulator))
            await emulator.stopping.wait()

    def work() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=work)
    thread.start()
    loop, emulator = ready.result()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(emulator.stopping.set)
        thread.join()


@contextlib.contextmanager
def logging_to(log: Path) -> Iterator[None]:
    root, handler = logging.getLogger(), logging.FileHandler(log)
    handler.setFormatter(LogFormatter("%(asctime)s %(message)s"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()
