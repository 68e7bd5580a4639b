"""The page `/health`: whether all resources are running."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.environments.pools import Pools
from emulator.queues import QueueError, Queues
from emulator.reload.code_problems import CodeProblems
from emulator.stack.stack import Stack


@dataclass(frozen=True, slots=True)
class Health:
    """Reports whether all resources of the stack are running."""

    stack: Stack
    pools: Pools
    queues: Queues
    started: Callable[[], bool]
    code: CodeProblems = field(default_factory=CodeProblems)

    async def depths(self) -> Mapping[str, Mapping[str, int]]:
        """Return the number of messages by queue and state; queues that cannot be asked are left out."""
        found = {}
        for name in self._names():
            with contextlib.suppress(QueueError):
                depth = await self.queues.depth(name)
                found[name] = {"visible": depth.visible, "in_flight": depth.in_flight, "delayed": depth.delayed}
        return found

    def functions(self) -> Mapping[str, Mapping[str, int]]:
        """Return the number of environments and calls, by function or version, and by state."""
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
        """Return whether all is well, and the details. A queue that is not in the template may be missing."""
        functions = self.functions()
        depths = await self.depths()
        queues = {name: depths.get(name, {"error": "cannot be asked"}) for name in self._names()}
        well = (
            self.started()
            and all(pool.ready for pool in self.pools.pools.values() if pool.kept_warm)
            and all(name in depths for name in self.stack.queues)
        )
        report = {"status": "ok" if well else "not ready", "functions": functions, "queues": queues}
        debuggers = {name: str(pool.debugger) for name, pool in self.pools.pools.items() if pool.debugger}
        further = {"debuggers": debuggers, "problems": self.problems()}
        return well, report | {name: found for name, found in further.items() if found}

    def problems(self) -> Mapping[str, Sequence[str]]:
        """Return what is wrong with the functions' code, by function; functions without problems are left out."""
        found = {}
        for name, pool in self.pools.pools.items():
            failed = {environment.init_error for environment in pool.environments if environment.init_error}
            if texts := [*self.code.of(name), *sorted(failed), *filter(None, [pool.problem])]:
                found[name] = texts
        return found

    def _names(self) -> list[str]:
        """Return the names of the template's queues, then of the other queues in use."""
        names = list(self.stack.queues)
        dead_letters = {
            queue.redrive_policy.dead_letter_queue for queue in self.stack.queues.values() if queue.redrive_policy
        }
        return names + sorted((dead_letters | _in_use(self.stack)) - set(names))


def _in_use(stack: Stack) -> set[str]:
    """Return the names of the queues that mappings poll and that are destinations, in the template or not."""
    configs = stack.event_invokes.values()
    destinations = {queue for config in configs for queue in config.destination_queues}
    return destinations | {live.mapping.queue for live in stack.mappings.values()}
