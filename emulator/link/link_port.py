"""The port to which the environments' supervisors connect, and the ports of debuggers."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import ClientSession

from emulator.debugging.debug_ports import debug_ports
from emulator.link import rie
from emulator.link.engines import Engines
from emulator.link.link import Link
from emulator.link.output_hints import NO_NAMES_HERE, NO_NAMES_IN_CONTAINERS, OutputHints
from emulator.link.supervisor_admission import SupervisorAdmission, never
from emulator.link.supervisor_connections import SupervisorConnections
from emulator.link.tokens import write_tokens
from emulator.listening import Port, refused_ports
from emulator.parts.foundation import Foundation
from emulator.parts.parts import Parts
from emulator.project.launch import Launch
from emulator.resources import Function
from emulator.runtime_environment import AwsAccess, variables

Listen = Callable[[Sequence[str]], Awaitable[None]]  #: serves a port on further addresses


@contextlib.asynccontextmanager
async def environment_ports(base: Foundation, parts: Parts) -> AsyncIterator[Listen]:
    """Serve what environments need to start; yield what serves the link on further addresses."""
    async with debug_ports(parts.debuggers, base.settings.host), link_port(base, parts) as link:
        yield link


@contextlib.asynccontextmanager
async def link_port(base: Foundation, parts: Parts) -> AsyncIterator[Listen]:
    """Serve the port to which supervisors connect; yield what serves it on further addresses."""
    port = Port("", base.settings.ports.link, "--link-port")
    if base.settings.tokens:
        write_tokens(base.settings.tokens, base.stack.functions, base.tokens)  # before a supervisor can connect
    async with rie.connection() as http, SupervisorConnections() as connections, contextlib.AsyncExitStack() as servers:
        link = _link(base, parts, http, connections)

        async def listen(addresses: Sequence[str]) -> None:
            with refused_ports(port):
                servers.callback((await link.serve(addresses, port.number)).close)

        await listen(base.settings.functions_listen)
        yield listen


def _link(base: Foundation, parts: Parts, http: ClientSession, connections: SupervisorConnections) -> Link:
    started = _Started(base, parts)
    engines = Engines(
        base.settings.engine,
        http,
        connections,
        base.directory.arn,
        base.tokens,
        debugged=parts.debuggers,
        needs_runtime_api=started.needs_runtime_api,
    )
    return Link(
        parts.pools,
        SupervisorAdmission(base.stack.callable, base.tokens, parts.launches.is_as_before if parts.launches else never),
        started.configure,
        engines,
        parts.observer,
        debuggers=parts.debuggers,
        module_places=started.module_places,
        hints=OutputHints(NO_NAMES_HERE if base.settings.native else NO_NAMES_IN_CONTAINERS),
        init_s=base.settings.init_s,
    )


@dataclass(frozen=True, slots=True)
class _Started:
    """The variables and folders with which the environments of each function are started."""

    base: Foundation
    parts: Parts

    def configure(self, function: Function, environment: str) -> dict[str, str]:
        """Return the variables of an environment."""
        aws = AwsAccess(self.base.settings.functions_endpoint, self.base.settings.region)
        launch = self._launch(function.key)
        return {**variables(function, environment, aws), **(launch.location_variables if launch else {})}

    def module_places(self, function: str) -> str:
        """Return the folders in which a function's modules are looked for."""
        launch, native = self._launch(function), self.base.settings.native
        return launch.module_places if launch else str(native.root if native else "")

    def needs_runtime_api(self, key: str) -> bool:
        """Return whether RIE cannot run a function, because it has extensions in a layer or uses SnapStart."""
        launch, function = self._launch(key), self.base.stack.callable.get(key)
        return bool((launch and launch.extensions) or (function and function.is_restored))

    def _launch(self, function: str) -> Launch | None:
        return self.parts.launches.ready(function) if self.parts.launches else None
