"""Passes functions' calls of further services on to the servers that the user has named for them."""

import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from yarl import URL

from emulator.edge.refused_answers import Fault, answer_refused

log = logging.getLogger(__name__)

CONNECT_S = 5.0
AUTOMATIC = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")  #: headers that aiohttp would add
PIECE_BYTES = 1 << 16  #: of an answer, which may be large
#: headers of one connection, which are not passed on
OF_A_CONNECTION = {
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


@dataclass(frozen=True, slots=True)
class FurtherServices:
    """The servers of further services, by the names that signatures have for the services."""

    endpoints: Mapping[str, str]
    http: aiohttp.ClientSession

    async def answer(self, request: web.Request, body: bytes, service: str) -> web.StreamResponse:
        """Return the server's answer to a request as it came: path and Host are in its signature."""
        endpoint = self.endpoints[service]
        path = request.raw_path if request.raw_path.startswith("/") else f"/{request.raw_path}"  # else a host's name
        url = URL(endpoint + path, encoded=True)
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in OF_A_CONNECTION]
        try:
            answered = await self.http.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            cure = f"start it, or correct --endpoint {service}=…"
            reason = getattr(error, "strerror", None) or str(error) or "it does not answer"
            message = f"the server of {service} at {endpoint} cannot be reached ({reason}); {cure}"
            log.warning("%s", message)
            return answer_refused(request, Fault(502, message), service)
        async with answered:
            return await _passed_on(request, answered)


async def _passed_on(request: web.Request, answered: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answered.status, reason=answered.reason)
    for name, value in answered.headers.items():
        if name.lower() not in OF_A_CONNECTION:
            response.headers.add(name, value)
    if answered.content_length is not None:
        response.content_length = answered.content_length
    await response.prepare(request)
    if request.method != "HEAD":
        try:
            async for piece in answered.content.iter_chunked(PIECE_BYTES):
                await response.write(piece)
        except aiohttp.ClientPayloadError as error:
            log.warning("an answer of %s broke off (%s), and so does what the function gets", answered.url.host, error)
            if request.transport:
                request.transport.abort()  # a shortened answer must not look whole
            return response
    await response.write_eof()
    return response


@contextlib.asynccontextmanager
async def further_services(endpoints: Mapping[str, str]) -> AsyncIterator[FurtherServices]:
    """Yield the servers of further services, with connections to them."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
    no_cookies = aiohttp.DummyCookieJar()  # one function's would be sent with another's calls
    async with aiohttp.ClientSession(
        timeout=timeout, auto_decompress=False, skip_auto_headers=AUTOMATIC, cookie_jar=no_cookies
    ) as http:
        yield FurtherServices(endpoints, http)
