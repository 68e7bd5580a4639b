"""What the functions run behind: the one place that knows every engine."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from emulator.environments.environment import Engine
from emulator.resources import Function
from emulator.rie import RieClient
from emulator.runtime_api import RuntimeApi
from emulator.settings import RUNTIME_API


@dataclass(frozen=True, slots=True)
class Engines:
    """Makes our end of the engine that supervisors are told to run."""

    name: str  #: one of settings.py's ENGINES
    http: aiohttp.ClientSession
    arn: Callable[[str], str]  #: of a function, by its name

    def connect(self, function: Function, address: str) -> Engine:
        """Return an engine that listens there, host:port."""
        if self.name == RUNTIME_API:
            return RuntimeApi(self.http, address, function.timeout_s, self.arn(function.name))
        return RieClient(self.http, address, function.timeout_s)
