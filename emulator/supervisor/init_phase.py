"""The init phase of one start of a function's own command: when it is over, how long it took, and how it ended."""

from __future__ import annotations

import asyncio
import time

from emulator.supervisor.runtime_answers import MESSAGE_BYTES


class InitPhase:
    """Begins when it is made, and ends once: with the first call of `end` or `give_up`."""

    def __init__(self) -> None:
        self.over = asyncio.Event()  #: whether it succeeded or not
        self.failure: bytes | None = None  #: its error, as JSON
        self._begun = time.monotonic()
        self._ms = 0.0
        self._timed_out = False

    def end(self, failure: bytes | None) -> None:
        """Note the end; `failure` is the error, if there was one. A second end changes nothing."""
        if not self.over.is_set():
            self._ms = (time.monotonic() - self._begun) * 1000
            self.failure = failure
            self.over.set()

    def give_up(self, failure: bytes) -> None:
        """End it because it takes too long."""
        self._timed_out = not self.over.is_set()
        self.end(failure)

    def fields(self) -> dict[str, object]:
        """Return what the message `ready` says about it; the status is in Lambda's words."""
        status = "timeout" if self._timed_out else "error" if self.failure else "success"
        return init_fields(self._ms, status, self.failure or b"")


def init_fields(duration_ms: float, status: str, failure: bytes) -> dict[str, object]:
    """Return the fields of the message `ready` about an init phase; `failure` is its error, empty if it succeeded."""
    text = failure[:MESSAGE_BYTES].decode("utf-8", "replace")
    return {"init_ms": round(duration_ms, 2), "init_error": text, "init_status": status}
