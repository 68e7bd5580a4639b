"""How environments come to be, where the emulator starts them itself: a seam between pools and processes or containers.

Without a starter, as in compose, environments announce themselves, and nothing here starts or ends one.
"""

from typing import Protocol


class Starter(Protocol):
    """Starts environments of functions, named by the functions' names, and keeps them running until they are ended."""

    def limit(self, function: str) -> int:
        """Return how many environments of a function may run at once."""
        ...

    def running(self, function: str) -> int:
        """Return how many there are; those that are starting, at first or anew, are counted."""
        ...

    def may_start(self, function: str) -> bool:
        """Tell whether one more may start now; where the limit is not reached this changes with the machine's load."""
        ...

    def start(self, function: str) -> bool:
        """Start one more, which announces itself when it is ready; False where none may start now."""
        ...

    def ending(self, function: str) -> None:
        """Take note that an environment was told to end: it is not to be replaced, and counted no more."""
        ...
