"""Freezes the function behind RIE between its calls (RT-06), because RIE itself never does.

The program that RIE starts as the function's runtime (processes.py) writes its process id into a pipe before it becomes
the command. RIE makes it the leader of a process group, so that its children stop and continue with it.
"""

from __future__ import annotations

import contextlib
import os
import signal

DIGITS = 10  #: of a process id in the pipe
CHUNK_BYTES = 4096


class Freezer:
    """Stops and continues the process group of the runtime that RIE has started last."""

    def __init__(self) -> None:
        self._source, self.sink = os.pipe()  #: the runtime's starting program gets the sink
        os.set_blocking(self._source, False)
        self._group = 0

    def freeze(self) -> None:
        """Stop the runtime: its call is over."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the runtime continue: a call comes."""
        self._signal(signal.SIGCONT)

    def forget(self) -> None:
        """Forget a runtime that has ended, because its process id may be reused; a newer runtime stays known."""
        if not self._read():
            self._group = 0

    def close(self) -> None:
        """Close the pipe. The sink is closed by whoever has started the processes."""
        os.close(self._source)
        self._source = -1

    def _read(self) -> bool:
        """Read which runtime was started last; return whether there is news."""
        if self._source < 0:
            return False
        try:
            written = os.read(self._source, CHUNK_BYTES)[-DIGITS:]
        except BlockingIOError:
            return False
        if written:
            self._group = int(written)
        return bool(written)

    def _signal(self, number: int) -> None:
        self._read()
        if self._group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, number)
