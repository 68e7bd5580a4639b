"""`/health`: whether everything that the template describes is running."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.environments.pools import Pools
from emulator.queues import QueueError, Queues
from emulator.stack import Stack


@dataclass(frozen=True, slots=True)
class Health:
    """Tells whether everything that the stack has is running."""

    stack: Stack
    pools: Pools
    queues: Queues
    started: Callable[[], bool]

    async def depths(self) -> Mapping[str, Mapping[str, int]]:
        """Return each queue's numbers of messages; a queue that cannot be asked is left out."""
        found = {}
        for name in self._names():
            with contextlib.suppress(QueueError):
                depth = await self.queues.depth(name)
                found[name] = {"visible": depth.visible, "in_flight": depth.in_flight, "delayed": depth.delayed}
        return found

    def functions(self) -> Mapping[str, Mapping[str, int]]:
        """Return each function's environments, and its calls."""
        return {
            name: {
                "environments": len(pool.environments),
                "ready": pool.ready,
                "busy": sum(1 for e in pool.environments if e.busy),
                "limit": pool.limit,
                "in_flight": pool.in_flight,
            }
            for name, pool in self.pools.pools.items()
        }

    async def report(self) -> tuple[bool, Mapping[str, Any]]:
        """Return whether all is well, and of what it consists. A queue that programs make may be missing."""
        functions = self.functions()
        depths = await self.depths()
        queues = {name: depths.get(name, {"error": "cannot be asked"}) for name in self._names()}
        well = (
            self.started()
            and all(function["ready"] for function in functions.values())
            and all(name in depths for name in self.stack.queues)
        )
        return well, {"status": "ok" if well else "not ready", "functions": functions, "queues": queues}

    def _names(self) -> list[str]:
        """Return the template's queues, and then those that programs make and that are used."""
        names = list(self.stack.queues)
        dead_letters = {
            queue.redrive_policy.dead_letter_queue for queue in self.stack.queues.values() if queue.redrive_policy
        }
        return names + sorted((dead_letters | _in_use(self.stack)) - set(names))


def _in_use(stack: Stack) -> set[str]:
    """Return the names of the queues that mappings poll and that are destinations; programs make some of them."""
    configs = stack.event_invokes.values()
    destinations = {queue for config in configs for queue in (config.on_success, config.on_failure) if queue}
    return destinations | {live.mapping.queue for live in stack.mappings.values()}
