"""Creates the runtime engine that the settings name. Only this module knows every runtime engine."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from emulator.environments.environment import Engine
from emulator.resources import Function
from emulator.rie import RieClient
from emulator.runtime_api import RuntimeApi
from emulator.settings import RUNTIME_API
from emulator.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Engines:
    """Creates the emulator's client for the runtime engine in an environment."""

    name: str  #: one of `ENGINES` in settings.py
    http: aiohttp.ClientSession
    arn: Callable[[str], str]  #: returns the ARN of the function with this name
    tokens: Tokens

    def connect(self, function: Function, address: str) -> Engine:
        """Return the engine that takes invocations at this address (host:port)."""
        token = self.tokens.of(function.name)
        if self.name == RUNTIME_API:
            return RuntimeApi(self.http, address, token, function.timeout_s, self.arn(function.name))
        return RieClient(self.http, address, token, function.timeout_s)
