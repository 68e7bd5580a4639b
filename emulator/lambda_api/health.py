"""`/health`: whether everything that the template describes is running."""

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

    async def report(self) -> tuple[bool, Mapping[str, Any]]:
        """Return whether all is well, and of what it consists."""
        functions = {
            name: {
                "environments": len(pool.environments),
                "ready": sum(1 for e in pool.environments if e.engine),
                "busy": sum(1 for e in pool.environments if e.busy),
                "in_flight": pool.in_flight,
            }
            for name, pool in self.pools.pools.items()
        }
        queues: dict[str, Any] = {}
        for queue in self.resources.queues:
            try:
                depth = await self.queues.depth(queue.name)
                queues[queue.name] = {"visible": depth.visible, "in_flight": depth.in_flight, "delayed": depth.delayed}
            except QueueError as error:
                queues[queue.name] = {"error": str(error)}
        well = (
            self.started()
            and all(function["ready"] for function in functions.values())
            and not any("error" in queue for queue in queues.values())
        )
        return well, {"status": "ok" if well else "not ready", "functions": functions, "queues": queues}
