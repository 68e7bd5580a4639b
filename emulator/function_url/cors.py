"""Applies a function URL's Cors settings to cross-origin requests (FU-27)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from emulator.function_url.response import Response
from emulator.resources import Cors

PREFIX = "access-control-"
ALLOW_ORIGIN = f"{PREFIX}allow-origin"


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request is a browser's preflight; `headers` are case-insensitive."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(cors: Cors, origin: str) -> Response:
    """Return the response to a preflight; the function is not called ([MEM] in FU-27)."""
    allowed = _origin(cors, origin)
    if not allowed:
        return Response(200, (), b"", why=f"CORS: {origin} is not among AllowOrigins")
    headers = [
        *allowed,
        ("access-control-allow-methods", ",".join(cors.allow_methods)),
        ("access-control-allow-headers", ",".join(cors.allow_headers)),
        ("access-control-max-age", "" if cors.max_age_s is None else str(cors.max_age_s)),
    ]
    return Response(200, tuple((name, value) for name, value in headers if value), b"")


def apply(cors: Cors, origin: str, response: Response) -> Response:
    """Add the settings' headers to a response, replacing the function's own."""
    own = [(name, value) for name, value in response.headers if not name.startswith(PREFIX)]
    headers = _origin(cors, origin)
    if headers and cors.expose_headers:
        headers.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return replace(response, headers=(*own, *headers))


def _origin(cors: Cors, origin: str) -> list[tuple[str, str]]:
    """Return the headers that allow an origin; none if it is not allowed."""
    if "*" in cors.allow_origins and not cors.allow_credentials:
        headers = [(ALLOW_ORIGIN, "*")]
    elif origin and _among(origin, cors.allow_origins):
        headers = [(ALLOW_ORIGIN, origin), ("vary", "Origin")]
    else:
        return []
    return [*headers, ("access-control-allow-credentials", "true")] if cors.allow_credentials else headers


def _among(origin: str, allowed: Iterable[str]) -> bool:
    return any(entry in ("*", origin) for entry in allowed)
