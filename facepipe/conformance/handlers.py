"""The functions of the conformance suite. They run on AWS and on emulators, with the boto3 of Lambda's runtime."""

# ruff: noqa: ARG001, PLC0415  # handlers have two arguments, and import boto3 if they need it
import base64
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

KEPT = Path("/tmp/kept")  # noqa: S108  # Lambda's only folder that can be written
_calls: list[float] = []  #: of this process


class IntendedError(Exception):
    """The exception that a case asks for."""


def echo(event: Any, context: Any) -> Any:
    """Return the event."""
    return event


def nothing(event: Any, context: Any) -> None:
    """Return nothing."""


def context(event: Any, context: Any) -> dict[str, Any]:
    """Return what the context says, and the variables that the event names."""
    return {
        "event": event,
        "invoked_function_arn": context.invoked_function_arn,
        "function_version": context.function_version,
        "function_name": context.function_name,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name,
        "aws_request_id": context.aws_request_id,
        "client_context": context.client_context and context.client_context.custom,
        "variables": {name: os.environ.get(name) for name in event.get("variables", [])},
    }


def fail_if_asked(event: Any, context: Any) -> dict[str, bool]:
    """Raise an exception, or return that all is fine."""
    if event.get("raise_error"):
        raise Exception("Test exception (this is intentional)")  # noqa: TRY002  # recordings have this type
    return {"fine": True}


def leave(event: Any, context: Any) -> None:
    """End the process."""
    os._exit(event["status"])


def sleep(event: Any, context: Any) -> str:
    """Take some time."""
    time.sleep(event["seconds"])
    return "slept"


def count(event: Any, context: Any) -> dict[str, Any]:
    """Return how many calls this process had, and what an earlier one wrote to /tmp."""
    _calls.append(time.time())
    if event.get("write"):
        KEPT.write_text(event["write"], encoding="utf-8")
    if event.get("sleep"):
        time.sleep(event["sleep"])
    return {"calls": len(_calls), "kept": KEPT.read_text(encoding="utf-8") if KEPT.exists() else None}


def large(event: Any, context: Any) -> str:
    """Return a long text."""
    return "x" * int(event["bytes"])


def unserializable(event: Any, context: Any) -> set[int]:
    """Return a value that cannot be written as JSON."""
    return {1, 2}


def log(event: Any, context: Any) -> dict[str, Any]:
    """Print a line and log another."""
    sys.stdout.write("a printed line\n")
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger().info("a logged line")
    return {}


def url(event: Any, context: Any) -> Any:
    """Return what the request's body asks for, or the event."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", "replace")
    if body.startswith("answer:"):
        return json.loads(body.removeprefix("answer:"))
    if body == "raise":
        raise IntendedError("intended")
    return event


def seen(event: Any, context: Any) -> Any:
    """Send the event to the queue SEEN, and do what the messages ask for."""
    import boto3

    answer = _answer([(_order(record), record) for record in event.get("Records", [event])])
    told = {"event": event, "version": context.function_version, "result": answer}
    boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(told))
    if answer == "raise":
        raise IntendedError("intended")
    return answer


def _order(record: Any) -> dict[str, Any]:
    try:
        order = json.loads(record["body"])
    except (KeyError, ValueError):
        return {}
    return order if isinstance(order, dict) else {}


def _answer(orders: list[tuple[dict[str, Any], Any]]) -> Any:
    failed = []
    for order, record in orders:
        attempt = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        if attempt <= order.get("fail_attempts", 0):
            failed.append({"itemIdentifier": record["messageId"]})
        if attempt <= order.get("raise_attempts", 0):
            return "raise"
        if "answer" in order:
            return order["answer"]
    return {"batchItemFailures": failed}
