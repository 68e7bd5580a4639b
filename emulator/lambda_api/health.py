"""`/health`: whether everything that the template describes is running."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.environments import Pools
from emulator.queues import QueueError, Queues
from emulator.resources import Resources


@dataclass(frozen=True, slots=True)
class Health:
    """Tells whether everything that the template describes is running."""

    resources: Resources
    pools: Pools
    queues: Queues
    started: Callable[[], bool]

    async def depths(self) -> Mapping[str, Mapping[str, int]]:
        """Return each queue's numbers of messages; a queue that cannot be asked is left out."""
        found = {}
        for queue in self.resources.queues:
            with contextlib.suppress(QueueError):
                depth = await self.queues.depth(queue.name)
                found[queue.name] = {"visible": depth.visible, "in_flight": depth.in_flight, "delayed": depth.delayed}
        return found

    def functions(self) -> Mapping[str, Mapping[str, int]]:
        """Return each function's environments, and its calls."""
        return {
            name: {
                "environments": len(pool.environments),
                "ready": sum(1 for e in pool.environments if e.engine),
                "busy": sum(1 for e in pool.environments if e.busy),
                "in_flight": pool.in_flight,
            }
            for name, pool in self.pools.pools.items()
        }

    async def report(self) -> tuple[bool, Mapping[str, Any]]:
        """Return whether all is well, and of what it consists."""
        functions = self.functions()
        depths = await self.depths()
        queues = {queue.name: depths.get(queue.name, {"error": "cannot be asked"}) for queue in self.resources.queues}
        well = (
            self.started()
            and all(function["ready"] for function in functions.values())
            and not any("error" in queue for queue in queues.values())
        )
        return well, {"status": "ok" if well else "not ready", "functions": functions, "queues": queues}
