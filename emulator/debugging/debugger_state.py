"""What a debugger does with a function, for the parts that must wait meanwhile."""

import asyncio
import contextlib
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class DebuggerState:
    """Whether a debugger is attached to a function, and whether it holds the function at this moment.

    While one is attached no timeout runs: it makes the function slower, and may hold it for hours.
    """

    attached: bool = False
    held: bool = False  #: the function stands, for example at a breakpoint
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __str__(self) -> str:
        """Return the state as a word."""
        return "held" if self.held else "attached" if self.attached else "waiting"

    def change(self, *, attached: bool, held: bool) -> None:
        """Note a change."""
        self.attached, self.held = attached, held
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for(self, *, attached: bool, within_s: float | None = None) -> None:
        """Wait until a debugger is attached, or until none is; at most `within_s` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.attached is not attached:
                    await self._changed.wait()
