"""The emulator's end of the supervisors' connections. Supervisors announce their environments here."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.limits import INIT_PHASE_S
from emulator.debugging.debuggers import Debuggers
from emulator.debugging.targets import DebugTargets
from emulator.environments.environment import CallReport, Environment
from emulator.environments.pools import Pools
from emulator.events import Emit, ExtensionInitialised, InitEnded, LineWritten, OutputComplete
from emulator.failures import error_in
from emulator.init_errors import init_error_text
from emulator.journal.output import stream
from emulator.json_text import read_json
from emulator.link.engines import Engines
from emulator.link.newcomers import Newcomers
from emulator.link.output_hints import OutputHints
from emulator.link.output_records import records
from emulator.link.rie import init_duration_ms, init_failed, is_noise
from emulator.link.supervisor_admission import SupervisorAdmission
from emulator.resources import Function

log = logging.getLogger(__name__)
function_log = logging.getLogger("function")

LINE_BYTES = 1 << 19  #: per message; a piece of output has 64 KiB, and JSON escapes lengthen it at most six times
HELLO_TIMEOUT_S = 10.0
FROM_RIE = "rie"  #: the stream of RIE's own lines; all other streams come from the function
NO_MODULE = "No module named"  #: in the error of a module that is not found
MODULE_CURE = (
    "name its package in requirements.txt (of an image: in a pip install of the Dockerfile), or correct Handler"
)


@dataclass(frozen=True, slots=True)
class Link:
    """Accepts supervisors' connections, and passes their reports on to the pools."""

    pools: Pools
    admission: SupervisorAdmission
    variables: Callable[[Function, str], Mapping[str, str]]  #: of a function, in the environment with this log stream
    engines: Engines
    emit: Emit
    debuggers: Debuggers = field(default_factory=lambda: Debuggers(DebugTargets()))
    module_places: Callable[[str], str] = lambda _: ""  #: where a function's modules are looked for
    hints: OutputHints = field(default_factory=OutputHints)
    newcomers: Newcomers = field(default_factory=Newcomers)
    init_s: float = INIT_PHASE_S  #: after that an init phase is ended
    _connected_now: set[Environment] = field(default_factory=set)

    async def serve(self, hosts: Sequence[str], port: int) -> asyncio.Server:
        """Listen. Raises `OSError` when the port is taken."""
        return await asyncio.start_server(self._connected, hosts, port, limit=LINE_BYTES)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        environment = None
        try:
            environment = await self._greet(reader, writer)
            while environment and (message := await _receive(reader)):
                self._take(message, environment, writer)
        except (OSError, ValueError, KeyError, TypeError, TimeoutError) as error:
            log.warning("the connection of a supervisor was cut, because its message cannot be read (%r)", error)
        except asyncio.CancelledError:  # the emulator stops
            pass
        finally:
            if environment:
                self._connected_now.discard(environment)
                self.debuggers.gone(environment)
                self.pools.ended(environment, "its supervisor ended", gone=True)
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Environment | None:
        """Admit a supervisor that knows its function's token; return its environment, None if it is refused."""
        with self.newcomers.waiting(writer):
            hello = await asyncio.wait_for(_receive(reader), HELLO_TIMEOUT_S)
        if not hello:
            return None
        function = self.admission.functions.get(str(hello.get("function")))
        if function is None and self.admission.is_removed(hello):
            _send(writer, type="stop")
            await writer.drain()
            return None
        if reason := self.admission.refusal(hello, function, self._connected_now):
            log.warning("a supervisor was refused: %s", reason)
            _send(writer, type="refuse", reason=reason)
            await writer.drain()
        if reason or function is None:
            return None
        if not await self.admission.runs_the_code(hello, function):
            _send(writer, type="stop")
            await writer.drain()
            self.pools.outdated(function.key)
            return None
        return self._admit(str(hello["environment"]), self.admission.functions.get(function.key, function), writer)

    def _admit(self, name: str, function: Function, writer: asyncio.StreamWriter) -> Environment:
        variables = dict(self.variables(function, stream(name)))
        engine = self.engines.name_of(function.key)
        configuration = {
            "engine": engine,
            "environment": variables,
            "timeout_s": function.timeout_s,
            "init_s": function.init_s(self.init_s),
        }
        _send(writer, type="configure", debug=self.debuggers.launch(function.key), **configuration)

        def restart() -> None:
            _send(writer, type="restart", start=environment.start)

        def stop() -> None:
            _send(writer, type="stop")

        def stop_timeouts(stopped: bool) -> None:
            _send(writer, type="timeouts", stopped=stopped)

        environment = Environment(
            name, function.key, restart, writer.close, function, stop=stop, stop_timeouts=stop_timeouts
        )
        self._connected_now.add(environment)
        self.debuggers.started(environment)
        return environment

    def _take(self, message: Mapping[str, Any], environment: Environment, writer: asyncio.StreamWriter) -> None:
        match message["type"]:
            case "ready":
                self._ready(message, environment, writer.get_extra_info("peername")[0])
            case "debugger":
                host = str(writer.get_extra_info("peername")[0])
                self.debuggers.offered(environment, host, int(message["port"]))
            case "extension":
                self._take_extension(message, environment)
            case "exit":
                self.pools.ended(environment, str(message["reason"]), gone=False)
                _warn(environment, f"{message['reason']}; it is started again")
            case "reset":
                self.debuggers.resetting(environment)
                self.pools.resetting(environment, str(message["reason"]))
                _warn(environment, f"{message['reason']}; it is started again")
            case "notice":
                _warn(environment, str(message["text"]))
            case "log":
                self._log(str(message["line"]), environment, from_rie=message.get("stream") == FROM_RIE)
            case "done":
                request_id = str(message["request_id"])
                environment.take_report(request_id, CallReport(message["out_of_memory"], message.get("taken", True)))
                self.emit(OutputComplete(environment.name, request_id, message["peak_mb"]))

    def _ready(self, message: Mapping[str, Any], environment: Environment, host: str) -> None:
        address = f"[{host}]" if ":" in host else host
        function = self.admission.functions.get(environment.function)
        if function is None:  # it was removed while the environment started
            environment.stop()
            return
        environment.start = int(message["start"])
        environment.init_error = init_error_text(str(message.get("init_error") or ""))
        if "init_ms" in message:
            self._take_init(message, function, environment)
        self.pools.started(environment, self.engines.connect(function, f"{address}:{int(message['port'])}"))
        log.info("%s: environment %s is ready", function.name, environment.name)

    def _take_init(self, message: Mapping[str, Any], function: Function, environment: Environment) -> None:
        """Note how an init phase ended; only one that succeeded before a call is reported with that call."""
        duration_ms, error = float(message["init_ms"]), str(message.get("init_error") or "")
        status, inside = str(message.get("init_status") or "success"), bool(message.get("inside_call"))
        error_type = str((error_in(error.encode()) or {}).get("errorType", ""))
        self.emit(InitEnded(function, environment.name, duration_ms, status, error_type, inside_call=inside))
        if not environment.init_error:
            environment.init_ms, environment.init_inside = None if inside else duration_ms, False
            _log_init(environment, duration_ms)
            return
        where = self.module_places(function.key) if NO_MODULE in environment.init_error else ""
        looked = f"; it was looked for in {where}: {MODULE_CURE}" if where else ""
        problem = f"the init phase failed ({environment.init_error}){looked}; the next call tries it again"
        _warn(environment, problem)
        self._hint(error, environment)

    def _take_extension(self, message: Mapping[str, Any], environment: Environment) -> None:
        function, name, error_type = environment.configured, str(message["name"]), str(message["error_type"])
        events = [str(event) for event in message["events"]]
        if function:
            self.emit(ExtensionInitialised(function, environment.name, name, events, error_type))
        if error_type:
            _warn(environment, f"extension {name} failed ({error_type})")

    def _take_init_of_rie(self, duration_ms: float, environment: Environment) -> None:
        """Note an init phase inside a call; one that ended before is in the message `ready`."""
        failed, environment.init_failed = environment.init_failed, False
        again = failed or bool(environment.init_error)
        status = "error" if failed else "success"
        if environment.configured:
            self.emit(InitEnded(environment.configured, environment.name, duration_ms, status, inside_call=again))
        if not again:
            environment.init_ms, environment.init_inside = duration_ms, True
            _log_init(environment, duration_ms)

    def _hint(self, text: str, environment: Environment) -> None:
        if hint := self.hints.of(environment.function, text):
            _warn(environment, hint)

    def _log(self, line: str, environment: Environment, *, from_rie: bool) -> None:
        if not from_rie:
            for record in records(line):
                self.emit(LineWritten(environment.function_name, environment.name, record))
                function_log.info("%s [%s] %s", environment.function, environment.name, record)
                self._hint(record, environment)
        elif (failed := init_failed(line)) is not None:
            environment.init_failed = failed
        elif (duration := init_duration_ms(line)) is not None:
            self._take_init_of_rie(duration, environment)
        elif not is_noise(line):
            _warn(environment, f"RIE says: {line}")


def _warn(environment: Environment, text: str) -> None:
    log.warning("%s: environment %s: %s", environment.function, environment.name, text)


def _log_init(environment: Environment, duration_ms: float) -> None:
    log.info("%s: environment %s initialised in %.0f ms", environment.function, environment.name, duration_ms)


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next message, or an empty message at the end. Raises `ValueError` if a line is not a message."""
    line = await reader.readline()
    message = read_json(line) if line else {}
    if not isinstance(message, dict):
        raise ValueError("no JSON object")
    return message


def _send(writer: asyncio.StreamWriter, **message: object) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(message).encode() + b"\n")
