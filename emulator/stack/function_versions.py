"""The published versions of the stack's functions, and their aliases.

A version is the function as it was when it was published: its configuration and its code never change. Numbers begin
at 1, and none is used twice, even if its version was deleted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from emulator.aws.identifiers import LATEST_PUBLISHED, version_key
from emulator.resources import Alias, Function
from emulator.stack.live import LiveResources


class FunctionVersions:
    """The versions and aliases of all functions."""

    def __init__(self) -> None:
        self.published: LiveResources[Function] = LiveResources()  #: by `Function.key`
        self.aliases: LiveResources[Alias] = LiveResources()  #: by `Alias.key`
        self._numbers: Counter[str] = Counter()  #: the highest number that each function has had
        self._made_from: dict[str, Function] = {}  #: the function as it was when a version was published, by its key

    def of(self, function: str) -> list[Function]:
        """Return the published versions of a function, from the first."""
        return [version for version in self.published.values() if version.name == function]

    def aliases_of(self, function: str) -> list[Alias]:
        """Return the aliases of a function, by name."""
        return sorted((a for a in self.aliases.values() if a.function == function), key=lambda alias: alias.name)

    def next_key(self, function: str) -> str:
        """Return the key that the next version will have."""
        return version_key(function, str(self._numbers[function] + 1))

    def publish(self, function: Function, description: str = "") -> Function:
        """Add a version of the function as it is now. Versions have no reserved concurrency: the function has it."""
        self._numbers[function.name] += 1
        details = replace(function.details, description=description or function.details.description)
        version = replace(
            function,
            version=str(self._numbers[function.name]),
            details=details,
            reserved_concurrency=None,
        )
        self._made_from[version.key] = function
        self.published.put(version.key, version)
        return version

    def unchanged(self, function: Function) -> Function | None:
        """Return the latest version if the function has not changed since then: AWS does not publish another one."""
        latest = next(reversed(self.of(function.name)), None)
        if latest is None:
            return None
        before = replace(self._made_from[latest.key], reserved_concurrency=function.reserved_concurrency)
        return latest if before == function else None

    def executed(self, target: str) -> str:
        """Return the key of the version that runs calls of a function, version or alias (`Invocation.target`)."""
        function, _, qualifier = target.partition(":")
        if qualifier == LATEST_PUBLISHED and (versions := self.of(function)):
            return versions[-1].key
        alias = self.aliases.get(target)
        return version_key(function, alias.version if alias else qualifier)

    def remove(self, version: Function) -> None:
        """Remove a published version."""
        self._made_from.pop(version.key, None)
        self.published.remove(version.key)

    def remove_function(self, function: str) -> None:
        """Remove all versions and aliases of a function; if it is made again, its numbers begin at 1."""
        for alias in self.aliases_of(function):
            self.aliases.remove(alias.key)
        for version in self.of(function):
            self.remove(version)
        del self._numbers[function]

    def referring_aliases(self, version: Function) -> Iterator[str]:
        """Yield the names of the aliases of this version."""
        for alias in self.aliases_of(version.name):
            if alias.version == version.version:
                yield alias.name
