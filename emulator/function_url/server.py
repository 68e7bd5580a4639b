"""Serves one function URL over HTTP."""

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web
from multidict import CIMultiDict

from emulator.aws.identifiers import url_id_in
from emulator.aws.limits import PAYLOAD_BYTES
from emulator.aws.trace_header import new_trace_id, trace_root, usable_header
from emulator.events import Emit, RequestAccepted, RequestAnswered
from emulator.function_url.cors import apply, is_preflight, preflight
from emulator.function_url.event import Caller, Endpoint, Moment, Request, encode, to_event
from emulator.function_url.response import (
    Response,
    forbidden,
    to_response,
    too_large,
    too_many,
    unknown_url,
)
from emulator.function_url.signature import KeyPair, SignatureError, verify
from emulator.function_url.throttle import RequestRates
from emulator.invocation import Invocation, Invoker
from emulator.resources import FunctionUrl
from emulator.resources.permission import SIGNED
from emulator.stack import LiveUrl

log = logging.getLogger(__name__)

REFUSED = "%s: %s %s → %d: %s (RequestId %s)"  #: function, method, path, status, why, invocation id

#: more of a body than the largest event is not read: the event is refused whatever it says
BODY_BYTES = PAYLOAD_BYTES
REASON_BYTES = 300  #: of an error's body that the journal keeps
OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "date", "server"}


@dataclass(frozen=True, slots=True)
class UrlServer:
    """The HTTP handler of one function URL; a Host as on AWS, `<id>.lambda-url.<region>…`, may name another one."""

    url_id: str  #: of the URL at this port
    urls: Mapping[str, LiveUrl]  #: all that there are now, by id
    invoker: Invoker
    region: str
    account_id: str
    keys: KeyPair
    rates: RequestRates
    emit: Emit

    async def __call__(self, http: web.BaseRequest) -> web.StreamResponse:
        """Handle one HTTP request."""
        moment = Moment(time.time(), str(uuid.uuid4()), _trace_header(http))
        body = await _read(http)
        url_id = url_id_in(http.headers.get("host", "")) or self.url_id
        url = self._url(url_id)
        function = getattr(url or self._url(self.url_id), "function", "")
        self._accepted(http, function, moment, size=len(body or b""))
        if url is None:
            response = unknown_url(url_id)
        elif url.cors and is_preflight(http.method, http.headers):
            response = preflight(url.cors, http.headers["origin"])
        else:
            response = await self._respond(url, _request(http, body or b""), moment, too_large_body=body is None)
            if url.cors:
                response = apply(url.cors, http.headers.get("origin", ""), response)
        if response.why:
            path = http.raw_path.partition("?")[0]
            why = " ".join(response.why.split())  # an error's text may have several lines
            log.warning(REFUSED, function, http.method, path, response.status, why, moment.request_id)
        self._answered(response, function, moment, body=body or b"")
        return _reply(response, moment, keep_alive=http.keep_alive)

    def _url(self, url_id: str) -> FunctionUrl | None:
        return self.urls[url_id].url if url_id in self.urls else None

    def _accepted(self, http: web.BaseRequest, function: str, moment: Moment, *, size: int) -> None:
        request_id, trace = moment.request_id, moment.trace_id
        self.emit(RequestAccepted(function, request_id, trace, moment.time_s, http.method, http.path, size))

    def _answered(self, response: Response, function: str, moment: Moment, *, body: bytes) -> None:
        latency_ms = (time.time() - moment.time_s) * 1000
        request_id, trace = moment.request_id, moment.trace_id
        answered = RequestAnswered(function, request_id, trace, response.status, latency_ms)
        if response.status >= 400:
            reason = response.why or response.body[:REASON_BYTES].decode("utf-8", "replace")
            answered = replace(answered, reason=reason, body=body)
        self.emit(answered)

    async def _respond(self, url: FunctionUrl, request: Request, moment: Moment, *, too_large_body: bool) -> Response:
        if too_large_body:
            return too_large(BODY_BYTES + 1)
        caller = None
        if url.not_granted:
            return forbidden(
                f"AuthType is NONE, but nobody was granted {' and '.join(url.not_granted)}; add for each an"
                " AWS::Lambda::Permission with that Action and Principal '*'"
            )
        if url.auth_type == SIGNED:
            try:
                verify(request, self.keys, self.region, datetime.fromtimestamp(moment.time_s, UTC))
            except SignatureError as error:
                return forbidden(str(error))
            caller = Caller(self.keys.access_key_id, self.account_id)
        payload = encode(to_event(request, Endpoint(url.id, self.region, caller), moment))
        if len(payload) > PAYLOAD_BYTES:
            return too_large(len(payload))
        if excess := self.rates.excess(url.function):
            return too_many(excess)
        return to_response(
            await self.invoker.invoke(Invocation(url.function, moment.request_id, payload, moment.trace_id))
        )


def _trace_header(http: web.BaseRequest) -> str:
    """Return the caller's X-Ray trace header, if it is one."""
    given = usable_header(http.headers.get("x-amzn-trace-id", ""))
    return given if trace_root(given) else new_trace_id()


async def _read(http: web.BaseRequest) -> bytes | None:
    """Return the body, or None for one that no event can hold.

    The rest of it is read and dropped, so that the caller, still sending, gets to see the answer.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in http.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > BODY_BYTES * 4:
            break
        if size <= BODY_BYTES:
            chunks.append(chunk)
    return None if size > BODY_BYTES else b"".join(chunks)


def _request(http: web.BaseRequest, body: bytes) -> Request:
    headers = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in http.raw_headers]
    return Request(http.method, http.raw_path, headers, body, http.remote or "127.0.0.1")


def _reply(response: Response, moment: Moment, *, keep_alive: bool) -> web.Response:
    headers = CIMultiDict((name, value) for name, value in response.headers if name not in OWN_HEADERS)
    headers["connection"] = "keep-alive" if keep_alive else "close"
    headers["x-amzn-requestid"] = moment.request_id
    headers["x-amzn-trace-id"] = moment.trace_id
    return web.Response(status=response.status, body=response.body, headers=headers)
