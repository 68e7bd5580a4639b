"""Ctrl-C and SIGTERM, as a run that wants to keep what it has takes them."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether somebody wanted the run to stop."""

    def __init__(self) -> None:
        self.came = False


@contextlib.contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[Interruption]:
    """Call `stop` at the first signal, for as long as the block lasts; raise `KeyboardInterrupt` at the second."""
    interruption = Interruption()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if interruption.came:
            raise KeyboardInterrupt
        interruption.came = True
        stop()

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
