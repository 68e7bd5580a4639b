"""The debugged functions: where each one's debugger is reached, and whether a debugger holds it."""

import asyncio
import importlib.util
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emulator.debugging.dap import DebugSession
from emulator.debugging.debugger_state import DebuggerState
from emulator.debugging.targets import DebugTargets
from emulator.environments.environment import Environment
from emulator.events import DebuggerHolds, DebuggerReleases, Emit, ignore

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Debugger:
    """One debugged function. Its only environment changes when it is started anew; the port stays."""

    function: str
    port: int  #: which debuggers attach to
    emit: Emit = ignore
    state: DebuggerState = field(default_factory=DebuggerState)
    environment: Environment | None = None
    _address: tuple[str, int] | None = None  #: where debugpy listens, in the current start of the environment
    _offered: asyncio.Event = field(default_factory=asyncio.Event)
    _sessions: set[DebugSession] = field(default_factory=set)
    _held: DebuggerHolds | None = None  #: the last hold
    _held_at: float = 0.0

    def offered(self, host: str, port: int, *, wait: bool) -> None:
        """Note that the environment starts debugpy, which will listen there."""
        verb = "waits for a debugger" if wait else "takes a debugger"
        log.info("%s: %s on port %d", self.function, verb, self.port)
        self._address = (host, port)
        self._offered.set()
        self._offered = asyncio.Event()

    async def offer(self) -> tuple[str, int]:
        """Wait for an environment that starts debugpy; return where it listens, or will."""
        while self._address is None:
            await self._offered.wait()
        return self._address

    def resetting(self) -> None:
        """Note that debugpy ends; it will be offered again."""
        self._address = None

    def gone(self) -> None:
        """Note that the environment has ended."""
        self.environment = self._address = None

    @contextmanager
    def session(self) -> Iterator[DebugSession]:
        """Count a debugger's connection while the block lasts."""
        session = DebugSession()
        self._sessions.add(session)
        try:
            yield session
        finally:
            self._sessions.remove(session)
            self.update()

    def update(self) -> None:
        """Take over what the sessions say."""
        state, was_attached, was_held = self.state, self.state.attached, self.state.held
        attached = any(session.attached for session in self._sessions)
        held = any(session.held for session in self._sessions)
        state.change(attached=attached, held=held)
        if attached is not was_attached:
            if self.environment:
                self.environment.stop_timeouts(attached)
            text = (
                "%s: a debugger is attached; no timeout runs"
                if attached
                else "%s: the debugger is detached; timeouts run"
            )
            log.info(text, self.function)
        if held and not was_held:
            self._hold()
        elif was_held and not held:
            self._release()

    def _hold(self) -> None:
        environment = self.environment
        call = environment.serving if environment else None
        request_id, trace_header = (call.request_id, call.trace_id) if call else ("", "")
        name = environment.name if environment else ""
        self._held, self._held_at = DebuggerHolds(self.function, name, request_id, trace_header), time.monotonic()
        self.emit(self._held)
        log.info("%s: held by a debugger%s", self.function, f" (RequestId {request_id})" if call else "")

    def _release(self) -> None:
        if self._held:
            held_ms = (time.monotonic() - self._held_at) * 1000
            self.emit(DebuggerReleases(**asdict(self._held), held_ms=held_ms))
            log.info("%s: released by the debugger after %.1f s", self.function, held_ms / 1000)


class Debuggers(Mapping[str, Debugger]):
    """The debugged functions, by name."""

    def __init__(self, targets: DebugTargets, emit: Emit = ignore) -> None:
        self.wait = targets.wait
        self._debuggers = {name: Debugger(name, port, emit) for name, port in targets.ports.items()}

    def __getitem__(self, function: str) -> Debugger:
        return self._debuggers[function]

    def __iter__(self) -> Iterator[str]:
        return iter(self._debuggers)

    def __len__(self) -> int:
        return len(self._debuggers)

    def launch(self, function: str) -> Mapping[str, object] | None:
        """Return what the function's supervisor has to know for starting debugpy; None if it is not debugged."""
        if function not in self._debuggers:
            return None
        return {"debugpy": str(debugpy_folder()), "wait": self.wait}

    def started(self, environment: Environment) -> None:
        """Note a new environment, which belongs to its function's debugger if that is debugged."""
        if debugger := self._debuggers.get(environment.function):
            environment.debugger, debugger.environment = debugger.state, environment
            environment.stop_timeouts(debugger.state.attached)

    def offered(self, environment: Environment, host: str, port: int) -> None:
        """Note that an environment starts debugpy, which will listen there."""
        debugger = self._debuggers.get(environment.function)
        if debugger and debugger.environment is environment:
            debugger.offered(host, port, wait=self.wait)

    def resetting(self, environment: Environment) -> None:
        """Note that debugpy ends with the process in an environment, which is started again."""
        debugger = self._debuggers.get(environment.function)
        if debugger and debugger.environment is environment:
            debugger.resetting()

    def gone(self, environment: Environment) -> None:
        """Note that an environment has ended."""
        debugger = self._debuggers.get(environment.function)
        if debugger and debugger.environment is environment:
            debugger.gone()

    def state(self, function: str) -> DebuggerState | None:
        """Return the state of a function's debugger; None if the function is not debugged."""
        return self._debuggers[function].state if function in self._debuggers else None


def debugpy_folder() -> Path | None:
    """Return the folder that has the package debugpy, without importing it; None if it is not installed."""
    found = importlib.util.find_spec("debugpy")
    return Path(found.origin).parent.parent if found and found.origin else None
