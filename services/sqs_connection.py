"""Calls SQS in its JSON protocol (AWS JSON 1.0) on one connection, which stays open between a function's calls."""

import http.client
import json
import random
import select
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.request_signature import Credentials, Signer

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 10.0
#: as the SDKs' standard retry mode: three attempts, and before each further one a random part of 1 s, 2 s
#: (AWS SDKs and Tools Reference Guide: Retry behavior)
WAITS_S = (1.0, 2.0)
TRANSIENT = (429, 500, 502, 503, 504)
THROTTLED = ("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException")


class SqsCallError(RuntimeError):
    """SQS has refused a call, or cannot be reached; the message says why."""


class _TryAgainError(Exception):
    """An attempt that may succeed when it is made again; the message says what happened."""


@dataclass(slots=True)
class SqsConnection:
    """A client of SQS; not for several threads at once, as a function has one call at a time."""

    endpoint: str  #: scheme://host:port
    signer: Signer
    wait: Callable[[float], None] = time.sleep
    _open: http.client.HTTPConnection | None = None

    @staticmethod
    def of(environment: Mapping[str, str], queue_url: str) -> "SqsConnection":
        """Connect to the endpoint of the variables that all SDKs read, or else to the host of the queue's URL."""
        given = environment.get("AWS_ENDPOINT_URL_SQS") or environment.get("AWS_ENDPOINT_URL") or queue_url
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", "")
        endpoint = urlsplit(given)
        signer = Signer(Credentials.of(environment), region, "sqs")
        return SqsConnection(f"{endpoint.scheme}://{endpoint.netloc}", signer)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Make a call and return its answer; `SqsCallError` when SQS refuses it, or after the third failure."""
        body = json.dumps(parameters, ensure_ascii=False, separators=(",", ":")).encode()
        for wait_s in self._waits():
            try:
                return self._attempt(operation, body)
            except _TryAgainError as error:
                problem = str(error)
            self.wait(wait_s)
        raise SqsCallError(f"{problem}; it was tried {len(WAITS_S) + 1} times")

    @staticmethod
    def _waits() -> Iterator[float]:
        """Yield the pause after each attempt: none after the last."""
        for most_s in WAITS_S:
            yield random.random() * most_s  # noqa: S311  # no secret
        yield 0.0

    def _attempt(self, operation: str, body: bytes) -> Any:
        """Make one request."""
        connection = self._connected()
        headers = {
            "Host": urlsplit(self.endpoint).netloc,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AmazonSQS.{operation}",
        }
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        try:
            connection.request("POST", "/", body, self.signer.signed("/", headers, body, moment))
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _TryAgainError(f"{self.endpoint} cannot be reached ({error or type(error).__name__})") from error
        if response.status == http.client.OK:
            return json.loads(content)
        problem = _problem(response.status, content)
        if response.status in TRANSIENT or problem.partition(":")[0] in THROTTLED:
            raise _TryAgainError(problem)
        raise SqsCallError(problem)

    def _connected(self) -> http.client.HTTPConnection:
        """Return the open connection; a new one if there is none, or if the server has closed it meanwhile."""
        if self._open and self._open.sock and select.select([self._open.sock], [], [], 0)[0]:
            self.close()
        if self._open is None:
            scheme, _, address = self.endpoint.partition("://")
            kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
            connection = kind(address, timeout=CONNECT_TIMEOUT_S)
            try:
                connection.connect()
            except OSError as error:
                raise _TryAgainError(f"{self.endpoint} cannot be reached ({error})") from error
            connection.sock.settimeout(READ_TIMEOUT_S)
            self._open = connection
        return self._open

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._open:
            self._open.close()
        self._open = None


def _problem(status: int, content: bytes) -> str:
    """Return an error as `QueueDoesNotExist: …`; the status if the answer names none."""
    try:
        error = json.loads(content)
        kind, message = str(error["__type"]), str(error.get("message") or error.get("Message") or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return f"HTTP status {status}"
    return f"{kind.rpartition('#')[2]}: {message}"
