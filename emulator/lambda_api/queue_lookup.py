"""Looks up queues that requests name on the queue server, because programs create, change and delete queues."""

from emulator.lambda_api.api_errors import ApiError
from emulator.queues import DescribedQueues, QueueError
from emulator.resources import Queue


async def look_up(server: DescribedQueues, name: str) -> Queue | None:
    """Return a queue's current state; None if it does not exist. `ApiError` if the server cannot be asked."""
    try:
        return await server.describe(name)
    except QueueError as error:
        raise ApiError(503, "ServiceException", f"the queue server cannot be asked for {name}: {error}") from error
