"""The emulator's end of the supervisors' connections: environments announce themselves here."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.engines import Engines
from emulator.environments.environment import Environment, LastWords
from emulator.environments.pools import Pools
from emulator.events import Emit, LineWritten, OutputComplete
from emulator.journal.output import stream
from emulator.json_text import read_json
from emulator.resources import Function
from emulator.rie import init_duration_ms, is_noise
from emulator.settings import RIE

log = logging.getLogger(__name__)
function_log = logging.getLogger("function")

LINE_BYTES = 1 << 20
HELLO_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Link:
    """Takes supervisors' connections and tells the pools what they say."""

    pools: Pools
    functions: Mapping[str, Function]
    variables: Callable[[Function, str], Mapping[str, str]]  #: of a function, in an environment of this name
    engines: Engines
    emit: Emit

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen; an `OSError` when the port is taken."""
        return await asyncio.start_server(self._connected, host, port, limit=LINE_BYTES)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        environment = None
        try:
            environment = await self._greet(reader, writer)
            while environment and (message := await _receive(reader)):
                self._take(message, environment, writer)
        except (OSError, ValueError, KeyError, TimeoutError) as error:
            log.warning("a supervisor's connection was cut: it said something that is not understood (%r)", error)
        except asyncio.CancelledError:  # the emulator stops
            pass
        finally:
            if environment:
                self.pools.ended(environment, "its supervisor ended", gone=True)
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Environment | None:
        hello = await asyncio.wait_for(_receive(reader), HELLO_TIMEOUT_S)
        if not hello:
            return None
        function = self.functions.get(str(hello.get("function")))
        if hello.get("type") != "hello" or function is None:
            reason = f"the template has no function {hello.get('function')!r}; it has {', '.join(self.functions)}"
            log.warning("an environment was refused: %s", reason)
            _send(writer, type="refuse", reason=reason)
            await writer.drain()
            return None
        name = str(hello["environment"])
        variables = dict(self.variables(function, stream(name)))
        configuration = {"engine": self.engines.name, "environment": variables, "timeout_s": function.timeout_s}
        _send(writer, type="configure", **configuration)

        def restart() -> None:
            _send(writer, type="restart", start=environment.start)

        def stop() -> None:
            _send(writer, type="stop")

        environment = Environment(name, function.name, restart, writer.close, function, stop=stop)
        return environment

    def _take(self, message: Mapping[str, Any], environment: Environment, writer: asyncio.StreamWriter) -> None:
        match message["type"]:
            case "ready":
                self._ready(message, environment, writer.get_extra_info("peername")[0])
            case "exit":
                self.pools.ended(environment, str(message["reason"]), gone=False)
                _warn(environment, f"{message['reason']}; it starts anew")
            case "reset":
                self.pools.resetting(environment, str(message["reason"]))
                _warn(environment, f"{message['reason']}; it starts anew")
            case "notice":
                _warn(environment, str(message["text"]))
            case "log":
                self._log(str(message["line"]), environment)
            case "done":
                request_id = str(message["request_id"])
                environment.hear(request_id, LastWords(message["out_of_memory"], message.get("taken", True)))
                self.emit(OutputComplete(environment.name, request_id, message["peak_mb"]))

    def _ready(self, message: Mapping[str, Any], environment: Environment, host: str) -> None:
        address = f"[{host}]" if ":" in host else host
        function = self.functions[environment.function]
        environment.start = int(message["start"])
        if "init_ms" in message:
            environment.init_ms = float(message["init_ms"])
            _told_init(environment)
        if message.get("init_error"):
            _warn(environment, f"the init phase failed ({message['init_error']}); the next call tries it again")
        self.pools.started(environment, self.engines.connect(function, f"{address}:{int(message['port'])}"))
        log.info("%s: environment %s is ready", function.name, environment.name)

    def _log(self, line: str, environment: Environment) -> None:
        if self.engines.name != RIE or not is_noise(line):
            self.emit(LineWritten(environment.function, environment.name, line))
            function_log.info("%s [%s] %s", environment.function, environment.name, line)
        elif (duration := init_duration_ms(line)) is not None:
            environment.init_ms = duration
            _told_init(environment)


def _warn(environment: Environment, text: str) -> None:
    log.warning("%s: environment %s: %s", environment.function, environment.name, text)


def _told_init(environment: Environment) -> None:
    name, duration = environment.name, environment.init_ms
    log.info("%s: environment %s initialised in %.0f ms", environment.function, name, duration)


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next message, an empty one at the end; `ValueError` for a line that is none."""
    line = await reader.readline()
    message = read_json(line) if line else {}
    if not isinstance(message, dict):
        raise ValueError("no JSON object")
    return message


def _send(writer: asyncio.StreamWriter, **message: object) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(message).encode() + b"\n")
