"""Decides which runtime engine a function has, and creates it. Only this module knows every runtime engine."""

from collections.abc import Callable, Container
from dataclasses import dataclass

import aiohttp

from emulator.environments.environment import Engine
from emulator.link.rie import RieClient
from emulator.link.runtime_api import RuntimeApi
from emulator.link.supervisor_connections import SupervisorConnections
from emulator.link.tokens import Tokens
from emulator.resources import Function
from emulator.settings import RUNTIME_API


@dataclass(frozen=True, slots=True)
class Engines:
    """Creates the emulator's client for the runtime engine in an environment."""

    default: str  #: one of `ENGINES` in settings.py
    http: aiohttp.ClientSession  #: to RIE
    connections: SupervisorConnections  #: to the supervisors that serve the Runtime API
    arn: Callable[[str], str]  #: returns the ARN of the function with this name
    tokens: Tokens
    debugged: Container[str] = ()  #: the functions that are debugged
    needs_runtime_api: Callable[[str], bool] = lambda _: False  #: whether a function uses something that RIE cannot run

    def name_of(self, function: str) -> str:
        """Return the engine of a function.

        A debugged one has the Runtime API, because RIE would end calls by itself, and so has one with extensions that
        are not in /opt/extensions, where RIE looks for them, and one that is restored (RT-14).
        """
        return RUNTIME_API if function in self.debugged or self.needs_runtime_api(function) else self.default

    def connect(self, function: Function, address: str) -> Engine:
        """Return the engine that takes invocations at this address (host:port)."""
        token = self.tokens.of(function.key)
        if self.name_of(function.key) == RUNTIME_API:
            waits = function.key in self.debugged  # its supervisor alone knows how long a debugger holds it
            arn = self.arn(function.name)
            return RuntimeApi(self.connections, address, token, function.timeout_s, arn, supervisor_ends_calls=waits)
        return RieClient(self.http, address, token, function.timeout_s)
