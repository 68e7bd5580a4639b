"""Publishes versions of functions: a version keeps the function's configuration and code of that moment."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from emulator.lambda_api.api_errors import ApiError, not_built, not_found
from emulator.lambda_api.code_hosting import ELSEWHERE_CURE, CodeHosting, Hosting
from emulator.resources import Function
from emulator.stack.stack import Stack


class Snapshots(Protocol):
    """Keeps the code of published versions (project/code_snapshots.py)."""

    async def take(self, function: Function, key: str) -> None:
        """Keep a function's code as it is now for the version with this key. Raises `OSError`."""
        ...

    def drop(self, version: Function) -> None:
        """Remove the code of a version that was deleted."""
        ...


@dataclass(frozen=True, slots=True)
class Publishing:
    """Adds published versions to the stack, and removes them."""

    stack: Stack
    snapshots: Snapshots
    hosting: CodeHosting
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def check(self, operation: str) -> None:
        """Refuse to publish where the emulator starts no environments."""
        if self.hosting.hosting is Hosting.ELSEWHERE:
            error = not_built(operation)
            raise ApiError(error.status, error.kind, f"{error.message}: {ELSEWHERE_CURE}")

    async def publish(self, name: str, description: str = "") -> Function:
        """Return the new version, or the latest one if the function has not been changed since.

        Requests that come at once get the same version. A version is the function as it was when its code was kept.
        """
        async with self._one_at_a_time:
            return await self._publish(name, description)

    async def _publish(self, name: str, description: str) -> Function:
        versions, function = self.stack.versions, self._function(name)
        if latest := versions.unchanged(function):
            return latest
        key = versions.next_key(name)
        try:
            await self.snapshots.take(function, key)
        except OSError as error:
            message = f"the code of {key} cannot be kept ({error.strerror}); free space there"
            raise ApiError(503, "ServiceException", message) from error
        self._function(name)  # it may have been deleted meanwhile
        version = versions.publish(function, description)
        self.stack.functions.touch(name)  # AWS gives the function another revision
        return version

    def _function(self, name: str) -> Function:
        function = self.stack.functions.get(name)
        if function is None:
            raise not_found(f"Function not found: {name}")
        return function

    def remove(self, version: Function) -> None:
        """Remove a version with all that belongs to it. Raises `ApiError` while an alias names it."""
        if aliases := list(self.stack.versions.referring_aliases(version)):
            words = "Unable to delete version because the following aliases reference it"
            raise ApiError(409, "ResourceConflictException", f"{words}: [{', '.join(aliases)}]")
        self.stack.remove_version(version)
        self.snapshots.drop(version)
