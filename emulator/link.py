"""The emulator's end of the supervisors' connections: environments announce themselves here."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from emulator.environments import Environment, Pools
from emulator.journal.output import stream
from emulator.resources import Function
from emulator.rie import Rie, init_duration_ms, is_end, is_noise

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
    http: aiohttp.ClientSession

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
        _send(
            writer, type="configure", environment=variables, timeout_s=function.timeout_s, memory_mb=function.memory_mb
        )
        return Environment(name, function.name, lambda: _send(writer, type="restart"), writer.close, function)

    def _take(self, message: Mapping[str, Any], environment: Environment, writer: asyncio.StreamWriter) -> None:
        function = self.functions[environment.function]
        if message["type"] == "ready":
            host = writer.get_extra_info("peername")[0]
            address = f"[{host}]" if ":" in host else host
            engine = Rie(self.http, f"{address}:{int(message['port'])}", function.timeout_s)
            self.pools.started(environment, engine)
            log.info("%s: environment %s is ready", function.name, environment.name)
        elif message["type"] == "exit":
            self.pools.ended(environment, str(message["reason"]), gone=False)
            log.warning("%s: environment %s: %s; it starts anew", function.name, environment.name, message["reason"])
        elif message["type"] == "log":
            self._log(str(message["line"]), environment)

    def _log(self, line: str, environment: Environment) -> None:
        output = self.pools.output
        if (duration := init_duration_ms(line)) is not None:
            environment.init_ms = duration
            log.info("%s: environment %s initialised in %.0f ms", environment.function, environment.name, duration)
        elif is_end(line):
            output.complete(environment.name)
        elif not is_noise(line):
            output.take(environment.name, environment.function, line)
            function_log.info("%s [%s] %s", environment.function, environment.name, line)


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next message, an empty one at the end; `ValueError` for a line that is none."""
    line = await reader.readline()
    message = json.loads(line) if line else {}
    if not isinstance(message, dict):
        raise ValueError("no JSON object")
    return message


def _send(writer: asyncio.StreamWriter, **message: object) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(message).encode() + b"\n")
