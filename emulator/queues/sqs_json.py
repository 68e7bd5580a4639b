"""SQS's JSON protocol over HTTP (AWS JSON 1.0): one call, its answer or its error."""

import asyncio
import base64
import binascii
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from emulator.json_text import read_json
from emulator.queues.protocol import QueueError, QueueMissingError, QueueRefusedError

CONTENT_TYPE = "application/x-amz-json-1.0"
QUERY_ERROR = "x-amzn-query-error"  #: the header with an error's name in the query protocol, and which side is at fault
CONNECT_S = 3.0
ANSWER_S = 30.0
CONNECTIONS = 200
MISSING = ("QueueDoesNotExist", "NonExistentQueue")  #: the same error in the two protocols


class NoAnswerError(QueueError):
    """No answer came, or the answer is not from an SQS server; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where SQS is."""

    endpoint: str  #: http://host:port
    region: str


def unsigned(region: str) -> str:
    """Return a placeholder for a signature; servers of several services read the service's name from it."""
    return f"AWS4-HMAC-SHA256 Credential=any/20260101/{region}/sqs/aws4_request, SignedHeaders=host, Signature=0"


@contextlib.asynccontextmanager
async def connection(limit: int = CONNECTIONS) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield an HTTP client for queue servers with at most `limit` connections; 0 means no limit.

    A server may close an idle connection at the moment in which a request is sent on it. So a request without an answer
    is sent once more, as AWS's SDKs do; the server may get it twice.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept-Encoding",),
        timeout=aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S),
        middlewares=(_send_again_if_closed,),
    ) as http:
        yield http


async def _send_again_if_closed(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise  # the server is not there
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        await request.close()  # until nothing reads its body any more
        return await send(request)


class SqsJson:
    """Makes calls. A server that is not AWS takes them without a signature."""

    def __init__(self, http: aiohttp.ClientSession, server: Server) -> None:
        self._http = http
        self._endpoint = server.endpoint
        self._headers = {"Content-Type": CONTENT_TYPE, "Authorization": unsigned(server.region)}

    async def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer of an operation, such as `ReceiveMessage`; `QueueError` names the operation.

        A cancelled `ReceiveMessage` still waits for the server's answer and makes the messages in it visible again. The
        server does not notice that its caller is gone, so these messages would otherwise stay hidden from everybody.
        """
        if operation != "ReceiveMessage":
            return await self._post(operation, arguments)
        poll = asyncio.ensure_future(self._post(operation, arguments))
        try:
            return with_binary_values(await asyncio.shield(poll))
        except asyncio.CancelledError:
            with contextlib.suppress(QueueError):
                await self._give_back(arguments["QueueUrl"], await poll)
            raise

    async def _give_back(self, url: str, answer: Mapping[str, Any]) -> None:
        """Make the messages of a cancelled receive visible again."""
        messages = (message for message in answer.get("Messages") or [] if isinstance(message, dict))
        handles = [message["ReceiptHandle"] for message in messages if "ReceiptHandle" in message]
        if handles:
            entries = [
                {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": 0} for n, handle in enumerate(handles)
            ]
            await self._post("ChangeMessageVisibilityBatch", {"QueueUrl": url, "Entries": entries})

    async def _post(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        headers = {**self._headers, "X-Amz-Target": f"AmazonSQS.{operation}"}
        try:
            async with self._http.post(f"{self._endpoint}/", data=json.dumps(arguments), headers=headers) as answer:
                status, body = answer.status, await answer.read()
                code = answer.headers.get(QUERY_ERROR, "").partition(";")[0]
            content = read_json(body or b"{}")
            if not isinstance(content, dict):
                raise ValueError("the answer is no JSON object")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NoAnswerError(f"{operation} at {self._endpoint}: {error or type(error).__name__}") from error
        if status >= 400:
            raise _error(operation, status, code, content)
        return content


def with_binary_values(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a ReceiveMessage's answer with binary attributes as bytes. Invalid base64 stays unchanged."""
    messages = answer.get("Messages")
    if not isinstance(messages, list):
        return answer
    return {**answer, "Messages": [_decoded(message) if isinstance(message, dict) else message for message in messages]}


def _decoded(message: dict[str, Any]) -> dict[str, Any]:
    attributes = message.get("MessageAttributes")
    if not isinstance(attributes, dict):
        return message
    return {
        **message,
        "MessageAttributes": {name: _decoded_attribute(attribute) for name, attribute in attributes.items()},
    }


def _decoded_attribute(attribute: Any) -> Any:
    if not isinstance(attribute, dict) or "BinaryValue" not in attribute:
        return attribute
    with contextlib.suppress(binascii.Error, TypeError, ValueError):
        return {**attribute, "BinaryValue": base64.b64decode(attribute["BinaryValue"], validate=True)}
    return attribute


def _error(operation: str, status: int, code: str, content: Mapping[str, Any]) -> QueueError:
    """Return the exception for an error answer."""
    names = f"{content.get('__type', '')} {code}"
    kind = QueueError
    if any(name in names for name in MISSING):
        kind = QueueMissingError
    elif status < 500 and "Throttl" not in names:
        kind = QueueRefusedError
    name = str(content.get("__type", "") or code or status).rpartition("#")[2]
    return kind(f"{operation}: {name}: {content.get('message') or content.get('Message') or status}")
