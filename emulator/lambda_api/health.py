"""`/health`: whether everything that the template describes is running."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.environments.pools import Pools
from emulator.event_source.mappings import Mappings
from emulator.queues import QueueError, Queues
from emulator.resources import EventInvokeConfig, Resources


@dataclass(frozen=True, slots=True)
class Health:
    """Tells whether everything that the template describes is running."""

    resources: Resources
    pools: Pools
    queues: Queues
    started: Callable[[], bool]
    used: Callable[[], Iterable[str]]  #: names of the queues that mappings and destinations use now

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
            and all(queue.name in depths for queue in self.resources.queues)
        )
        return well, {"status": "ok" if well else "not ready", "functions": functions, "queues": queues}

    def _names(self) -> list[str]:
        """Return the template's queues, and then those that programs make and that are used."""
        names = [queue.name for queue in self.resources.queues]
        dead_letters = {
            queue.redrive_policy.dead_letter_queue for queue in self.resources.queues if queue.redrive_policy
        }
        return names + sorted((dead_letters | set(self.used())) - set(names))


def queues_in_use(mappings: Mappings, configs: Mapping[str, EventInvokeConfig]) -> set[str]:
    """Return the names of the queues that feed functions or hear of their events; programs make some of them."""
    ends = {queue for config in configs.values() for queue in (config.on_success, config.on_failure) if queue}
    return ends | {entry.mapping.queue for entry in mappings.all()}
