"""The protocol by which pools start environments, as processes or as containers.

Without a starter, as in compose, environments connect by themselves, and the emulator does not start or end them.
"""

from typing import Protocol


class Starter(Protocol):
    """Starts environments for functions, given by name, and keeps them running until they are ended."""

    def limit(self, function: str) -> int:
        """Return how many environments of a function may run at once."""
        ...

    def running(self, function: str) -> int:
        """Return how many environments of a function there are, including those that start or restart."""
        ...

    def may_start(self, function: str) -> bool:
        """Return whether one more may start now; below the limit this depends on the machine's load."""
        ...

    def problem(self, function: str) -> str:
        """Return why no environment of a function can be started, for its callers; empty if one can."""
        ...

    def start(self, function: str) -> bool:
        """Start one more, which connects when it is ready; return False if none may start now."""
        ...

    def ending(self, function: str) -> None:
        """Record that an environment was asked to end: it is not replaced and no longer counted."""
        ...

    async def close(self) -> None:
        """End all of them."""
        ...
