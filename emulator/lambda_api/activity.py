"""The page `/activity`: what each environment does, which calls wait, how many batches each mapping has in flight."""

from dataclasses import asdict, dataclass

from aiohttp import web

from emulator.environments.environment_states import environment_states
from emulator.environments.pools import Pools
from emulator.event_source.pollers import Pollers


@dataclass(frozen=True, slots=True)
class Activity:
    """Reports what runs now."""

    pools: Pools
    pollers: Pollers

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/activity", self.get_activity)

    async def get_activity(self, _request: web.Request) -> web.Response:
        """`GET /activity`: functions by name, with their environments; mappings by UUID, with their batches."""
        functions = {
            name: {
                "environments": [asdict(environment) for environment in environment_states(pool)],
                "limit": pool.limit,
                "calls_in_flight": pool.in_flight,
                "calls_waiting": len(pool.line),
            }
            for name, pool in self.pools.pools.items()
        }
        mappings = {identifier: asdict(batches) for identifier, batches in self.pollers.batches().items()}
        return web.json_response({"functions": functions, "mappings": mappings})
