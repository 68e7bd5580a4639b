"""Queues that requests name: looked up on the server, since programs make, change and delete them."""

from emulator.lambda_api.api_errors import ApiError
from emulator.queues import QueueError, Queues
from emulator.resources import Queue


async def look_up(server: Queues, name: str) -> Queue | None:
    """Return a queue as it is now, None when there is none; `ApiError` when the server cannot be asked."""
    try:
        return await server.describe(name)
    except QueueError as error:
        raise ApiError(503, "ServiceException", f"the queue server cannot be asked for {name}: {error}") from error
