"""Asks the emulator, and tells it what was collected."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from facepipe.client.collect import CollectedResult, Collector
from facepipe.client.endpoints import UP, EndpointError, Endpoints, queue_url, sqs_client
from facepipe.client.http_clients import http_client

ASK_TIMEOUT_S = 60.0
SOON_S = 5.0
TELL_TIMEOUT_S = 2.0
TOGETHER_S = 0.5  #: so long results are gathered, to be told together


class NotServedError(EndpointError):
    """The emulator that answers cannot do this as it is set up; the message says why."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked beside a path."""

    query: Mapping[str, str | float] = field(default_factory=dict)
    content: object = None  #: sent as JSON, unless it is None
    timeout_s: float = ASK_TIMEOUT_S


def ask(api: str, path: str, **query: str | float) -> dict[str, Any]:
    """Return the answer to a GET without its empty parameters; `EndpointError` says who did not answer, or why."""
    return _call(api, "GET", path, _Question(query))


def ask_soon(api: str, path: str) -> dict[str, Any]:
    """Return the answer to a GET for which nobody should wait long; errors as those of `ask`."""
    return _call(api, "GET", path, _Question(timeout_s=SOON_S))


def call(api: str, method: str, path: str, *, content: object = None, **query: str | float) -> dict[str, Any]:
    """Return the answer to any request, without its empty parameters; errors as those of `ask`.

    `content` is sent as JSON, unless it is None.
    """
    return _call(api, method, path, _Question(query, content))


def _call(api: str, method: str, path: str, question: _Question) -> dict[str, Any]:
    if not api:
        raise EndpointError(
            "there is nobody to ask: --api is empty, as it is on AWS; look into CloudWatch and X-Ray there"
        )
    try:
        given = {name: value for name, value in question.query.items() if value not in ("", 0)}
        url = f"{api.rstrip('/')}{quote(path)}"
        with http_client(url, timeout=question.timeout_s) as http:
            response = http.request(method, url, params=given, json=question.content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise EndpointError(f"no emulator answers at {api} ({why}); is the pipeline up? {UP}") from error
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.status_code == httpx.codes.OK and isinstance(answer, dict):
        return answer
    if isinstance(answer, dict) and "error" in answer:
        kind = NotServedError if response.status_code == httpx.codes.NOT_IMPLEMENTED else EndpointError
        raise kind(str(answer["error"]))
    raise EndpointError(f"{api} answers {response.status_code}, but not as the emulator does; set --api")


class CollectedReport:
    """Tells the emulator what was collected, so that `trace` shows it; where there is none, nobody.

    While results come one after the other, they are told together: one by one, each would cost as much as its receive.
    """

    def __init__(self, api: str, queue: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api.rstrip("/")
        self._queue = queue.rsplit("/", 1)[-1]
        self._clock = clock
        self._untold: list[dict[str, object]] = []
        self._told_at = -TOGETHER_S

    def __call__(self, answers: Sequence[CollectedResult]) -> None:
        """Take results just collected; none: tell what is left. Once that fails, it is not tried again."""
        now_ms = time.time() * 1000
        self._untold += [
            {
                "request_id": answer.request_id,
                "message_id": answer.message_id,
                "trace_header": answer.trace_header,
                "queue": self._queue,
                "sent_ms": answer.sent_ms,
                "at_ms": now_ms,
            }
            for answer in answers
        ]
        if not answers or self._clock() >= self._told_at + TOGETHER_S:
            self._tell()

    def _tell(self) -> None:
        untold, self._untold = self._untold, []
        if not self._api or not untold:
            return
        self._told_at = self._clock()
        with contextlib.suppress(httpx.InvalidURL, httpx.HTTPError):
            with http_client(self._api, timeout=TELL_TIMEOUT_S) as http:
                http.post(f"{self._api}/collected", json=untold)
            return
        self._api = ""


def collector_of(endpoints: Endpoints) -> Collector:
    """Return a collector of a pipeline's results, which tells its emulator, if it has one, what it takes."""
    sqs = sqs_client(endpoints)
    url = queue_url(sqs, endpoints.response_queue)
    return Collector(sqs, url, CollectedReport(endpoints.api, url))
