"""Serves one function URL over HTTP."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web
from multidict import CIMultiDict

from emulator.aws.identifiers import url_id_in
from emulator.aws.limits import PAYLOAD_BYTES
from emulator.aws.trace_header import new_trace_id, trace_root, usable_header
from emulator.edge.admission import AdmissionRules, Provenance
from emulator.edge.bodies import Body
from emulator.edge.gate import Gate
from emulator.events import Emit, RequestAccepted, RequestAnswered
from emulator.function_url.cors import apply, is_preflight, preflight
from emulator.function_url.event import Moment, Request, body_of
from emulator.function_url.page_access import PageAccess
from emulator.function_url.response import (
    Response,
    bad_gateway,
    bad_request,
    forbidden,
    too_large,
    unknown_url,
)
from emulator.function_url.url_calls import UrlCalls
from emulator.resources import FunctionUrl
from emulator.stack.stack import LiveUrl

log = logging.getLogger(__name__)

REFUSED = "%s: %s %s → %d: %s (RequestId %s)"  #: function, method, path, status, why, invocation id

#: a body larger than the largest event is not read to its end, because the event is refused anyway
BODY_BYTES = PAYLOAD_BYTES
REASON_BYTES = 300  #: the most of an error's body that the journal keeps
CALLER_LEFT = 499  #: nginx's status for a caller that disconnected; only the journal has it
OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "date", "server"}


@dataclass(slots=True)
class _Exchange:
    """One HTTP request on its way to an answer."""

    http: web.BaseRequest
    moment: Moment
    url_id: str  #: the id of the URL that is called
    url: FunctionUrl | None  #: None if there is no URL with this id
    function: str  #: the URL's function; if the URL does not exist, the function of the URL at this port
    is_accepted: bool = False  #: set when the whole body has arrived
    body: bytes = b""  #: until the event stands for it
    payload: bytes = b""  #: the event that the function is called with


@dataclass(frozen=True, slots=True)
class UrlServer:
    """The HTTP handler of one function URL; a Host as on AWS, `<id>.lambda-url.<region>…`, may name another one."""

    url_id: str  #: the id of the URL at this port
    urls: Mapping[str, LiveUrl]  #: all current URLs by id
    calls: UrlCalls
    gate: Gate
    pages: PageAccess
    emit: Emit

    async def __call__(self, http: web.BaseRequest) -> web.StreamResponse:
        """Handle one HTTP request."""
        moment = Moment(time.time(), str(uuid.uuid4()), _trace_header(http))
        exchange = self._exchange(http, moment)
        rules = self.pages.rules(exchange.url) if exchange.url else AdmissionRules(self.pages.hosts)
        if refused := self.gate.refusal(http, rules):
            response = forbidden(str(refused), message=str(refused))
            self._log(exchange, response)
            return _reply(response, moment, keep_alive=False)
        try:
            response = await self._answer(exchange)
        except asyncio.CancelledError:
            if exchange.is_accepted:
                why = "its caller left, or the emulator stopped; a call that had not begun is dropped"
                self._answered(exchange, Response(CALLER_LEFT, (), b"", why))
            raise
        self._log(exchange, response)
        self._answered(exchange, response)
        return _reply(response, moment, keep_alive=http.keep_alive)

    async def _answer(self, exchange: _Exchange) -> Response:
        """Return the answer to an allowed request, whatever goes wrong with it."""
        try:
            async with self.gate.body(exchange.http) as body:
                self._accepted(exchange, body.content)
                return await self._respond(exchange, body)
        except web.RequestPayloadError as error:
            return bad_request(f"the body cannot be read: {error}")
        except ConnectionError:  # the caller has disconnected, so no answer is sent
            raise
        except Exception as error:
            log.exception("a request could not be answered (RequestId %s)", exchange.moment.request_id)
            return bad_gateway(f"the emulator could not answer ({error!r}); its own log has the traceback")

    async def _respond(self, exchange: _Exchange, body: Body) -> Response:
        http, url = exchange.http, exchange.url
        if url is None:
            return unknown_url(exchange.url_id)
        origin = http.headers.get("origin", "")
        if url.cors and is_preflight(http.method, http.headers):
            response = preflight(url.cors, origin)
        else:
            response = await self._call(exchange, url, body)
            if url.cors:
                response = apply(url.cors, origin, response)
        return self.pages.allow_local_page(url, Provenance.read(http.method, http.headers), http.headers, response)

    async def _call(self, exchange: _Exchange, url: FunctionUrl, body: Body) -> Response:
        if body.is_too_large:
            return too_large(BODY_BYTES + 1)

        def keep_payload(payload: bytes) -> None:
            exchange.body, exchange.payload = b"", payload
            body.share.resize(len(payload))

        exchange.body = body.take()
        return await self.calls.call(
            url, _request(exchange.http, exchange.body), exchange.moment, on_payload=keep_payload
        )

    def _accepted(self, exchange: _Exchange, body: bytes) -> None:
        http, moment, exchange.is_accepted = exchange.http, exchange.moment, True
        function, request_id, trace = exchange.function, moment.request_id, moment.trace_id
        accepted = RequestAccepted(function, request_id, trace, moment.time_s, http.method, http.path, len(body), body)
        self.emit(accepted)

    def _answered(self, exchange: _Exchange, response: Response) -> None:
        moment = exchange.moment
        latency_ms = (time.time() - moment.time_s) * 1000
        function, request_id, trace = exchange.function, moment.request_id, moment.trace_id
        answered = RequestAnswered(function, request_id, trace, response.status, latency_ms)
        if response.status >= 400:
            reason = response.why or response.body[:REASON_BYTES].decode("utf-8", "replace")
            answered = replace(answered, reason=reason, body=exchange.body or body_of(exchange.payload))
        self.emit(answered)

    def _log(self, exchange: _Exchange, response: Response) -> None:
        if response.why:
            http, function = exchange.http, exchange.function
            path = http.raw_path.partition("?")[0]
            why = " ".join(response.why.split())  # an error's text may have several lines
            log.warning(REFUSED, function, http.method, path, response.status, why, exchange.moment.request_id)

    def _exchange(self, http: web.BaseRequest, moment: Moment) -> _Exchange:
        url_id = url_id_in(http.headers.get("host", "")) or self.url_id
        url = self._url(url_id)
        return _Exchange(http, moment, url_id, url, getattr(url or self._url(self.url_id), "function", ""))

    def _url(self, url_id: str) -> FunctionUrl | None:
        return self.urls[url_id].url if url_id in self.urls else None


def _trace_header(http: web.BaseRequest) -> str:
    """Return the caller's X-Ray trace header, if it is one."""
    given = usable_header(http.headers.get("x-amzn-trace-id", ""))
    return given if trace_root(given) else new_trace_id()


def _request(http: web.BaseRequest, body: bytes) -> Request:
    headers = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in http.raw_headers]
    return Request(http.method, http.raw_path, headers, body, http.remote or "127.0.0.1")


def _reply(response: Response, moment: Moment, *, keep_alive: bool) -> web.Response:
    headers = CIMultiDict((name, value) for name, value in response.headers if name not in OWN_HEADERS)
    headers["connection"] = "keep-alive" if keep_alive else "close"
    headers["x-amzn-requestid"] = moment.request_id
    headers["x-amzn-trace-id"] = moment.trace_id
    return web.Response(status=response.status, body=response.body, headers=headers)
