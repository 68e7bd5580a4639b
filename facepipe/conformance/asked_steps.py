"""Carries out one step of a case: sends the request to the server, and returns the answer as a tree."""

import base64
import http.client
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from facepipe.conformance.tried_server import TriedServer

HTTP_S = 60
LONG_POLL_S = 2
LOOK_S = 0.2
MAPPED = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class NotAskedError(RuntimeError):
    """A request could not be sent, or had no answer at all; the message says why."""


def called(server: TriedServer, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation such as `lambda.Invoke`. A refusal is an answer as well."""
    service, name = operation.split(".")
    method = getattr(server.client(service), xform_name(name), None)
    if method is None:
        raise NotAskedError(f"this botocore does not know {operation}; install a newer boto3")
    try:
        answer = method(**request)
    except ClientError as error:
        return refusal(error.response)
    status = answer.pop("ResponseMetadata", {}).get("HTTPStatusCode")
    return {"status": status, "answer": {key: _read(key, value) for key, value in answer.items()}}


def refusal(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return an error's parts; `member` is whether the message is in the member that the service's model names."""
    error = response.get("Error", {})
    kind = response.get("Type") or error.get("Type")
    told = {
        "status": response.get("ResponseMetadata", {}).get("HTTPStatusCode"),
        "code": error.get("Code"),
        "type": kind or "none",
        "message": error.get("Message"),
    }
    if kind == "User" and not {"Message", "message"} & set(response):
        told["member"] = "the message is not in the member that the service's model names"
    extra = {key: response[key] for key in ("Reason",) if key in response}
    return {"refused": {**told, **extra}}


def _read(key: str, value: object) -> object:
    if isinstance(value, StreamingBody):
        return value.read()
    if key == "LogResult" and isinstance(value, str):
        return base64.b64decode(value).decode("utf-8", "replace").splitlines(keepends=True)
    return value


def requested(server: TriedServer, url: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Send an HTTP request as it is written: no header but Host, Accept-Encoding and Content-Length is added.

    A request to an emulator never goes to a host of AWS, even if the emulator's answers name one.
    """
    parts, place = urlsplit(url), server.place_of(url)
    connecting = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    host = place.hostname or ""
    connection = connecting("127.0.0.1" if host.endswith(".localhost") else host, place.port, timeout=HTTP_S)
    body = base64.b64decode(request["base64"]) if "base64" in request else str(request.get("body", "")).encode()
    headers = {"Host": parts.netloc, **request.get("headers", {})}
    try:
        connection.request(request.get("method", "GET"), request.get("path", "/"), body=body or None, headers=headers)
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotAskedError(f"{url} does not answer: {error}") from error
    finally:
        connection.close()
    told = {name.lower(): value for name, value in response.getheaders()}
    cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
    return {"status": response.status, "headers": {**told, "set-cookie": cookies}, "answer": {"Body": content}}


def collected(server: TriedServer, queue_url: str, count: int, within_s: float) -> dict[str, Any]:
    """Receive and delete messages until there are `count`, or the time is over."""
    sqs, messages, end = server.client("sqs"), list[dict[str, Any]](), time.monotonic() + within_s
    while len(messages) < count and time.monotonic() < end:
        came = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=min(10, count - len(messages)),
            WaitTimeSeconds=LONG_POLL_S,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        for message in came.get("Messages", []):
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            messages.append({key: value for key, value in message.items() if key != "ReceiptHandle"})
    return {"status": None, "answer": messages}


def left_in(server: TriedServer, queue_url: str, within_s: float) -> dict[str, Any]:
    """Wait until a queue is empty, also of messages in flight; return how many are left."""
    end, left = time.monotonic() + within_s, 1
    while left and time.monotonic() < end:
        told = server.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
        left = sum(int(told.get(name, 0)) for name in MAPPED)
        if left:
            time.sleep(LOOK_S)
    return {"status": None, "answer": {"messages": left}}
