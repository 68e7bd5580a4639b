"""Follows the queue of a mapping, which programs may change, delete and create again while it is polled."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from emulator.event_source.batching import Source
from emulator.queues import PolledQueues, QueueError, QueueMissingError

log = logging.getLogger(__name__)

LOOK_S = 5.0  #: how often a queue's attributes are refreshed
QUEUE_DELETED = (
    "%s does not exist any more: it was deleted, or its server was restarted; creating the template's queues"
)
QUEUE_MISSING = "%s does not exist, and the template does not create it; create it: this mapping waits for it"
TOO_SHORT = "%s: %s: messages become visible again while they are processed; raise its VisibilityTimeout"


@dataclass(slots=True)
class QueueWatch:
    """Knows the queue's attributes; they are at most a few seconds old."""

    queue: str
    source: Source
    queues: PolledQueues
    clock: Callable[[], float]
    _visibility_problem: str = ""  #: what was wrong with the queue's visibility timeout at the last refresh
    _look_at: float = 0.0  #: when to refresh the queue's attributes; 0: at once

    async def look(self) -> None:
        """Refresh the queue's attributes. Raises `QueueMissingError` if it does not exist."""
        if self.clock() < self._look_at:
            return
        queue = await self.queues.describe(self.queue)
        if queue is None:
            raise QueueMissingError(f"{self.queue} does not exist")
        self._look_at = self.clock() + LOOK_S
        self.source.look(queue)
        previous = self._visibility_problem
        self._visibility_problem = queue.visibility_problem(self.source.function_timeout_s)
        if self._visibility_problem and self._visibility_problem != previous:
            log.warning(TOO_SHORT, self.queue, self._visibility_problem)

    async def make_again(self, *, first: bool) -> bool:
        """Create the template's queues if they are missing; `first`: the queue was found missing just now.

        Return False if they could not be created. For any other queue, programs do that.
        """
        self._look_at = 0.0
        own = self.queues.is_of_template(self.queue)
        if first:
            log.warning(QUEUE_DELETED if own else QUEUE_MISSING, self.queue)
        try:
            if own or first:
                await self.queues.recreate()
        except QueueError as error:
            log.warning("the queues could not be created: %s", error)
            return False
        return True
