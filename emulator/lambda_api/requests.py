"""What all of the API's requests have: a name in the path, parameters in the query, a JSON object as the body."""

from typing import Any

from aiohttp import web

from emulator.json_text import read_json
from emulator.lambda_api.errors import ApiError, not_built


def name_in(request: web.Request) -> str:
    """Return what the path names: a function or a UUID."""
    return request.match_info["name"]


def check_query(request: web.Request, operation: str, *parameters: str) -> None:
    """Refuse a query parameter that is not among `parameters`: it would be ignored."""
    unknown = sorted(set(request.query) - set(parameters))
    if unknown:
        raise not_built(f"{operation} with {unknown[0]}")


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return the body; `ApiError` when it is no JSON object."""
    try:
        body = read_json(await request.read())
    except ValueError as error:
        raise ApiError(400, "InvalidRequestContentException", f"Could not parse request body: {error}") from error
    if not isinstance(body, dict):
        raise ApiError(400, "InvalidRequestContentException", "the request body must be a JSON object")
    return body
