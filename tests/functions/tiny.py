"""Tiny functions that have nothing to do with faces: what each does is in its name."""

import base64
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


def echo(event, context):
    return event


def describe(event, context):
    return {
        "environment": dict(os.environ),
        "request_id": context.aws_request_id,
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name,
        "identity": context.identity and str(context.identity),
        "client_context": context.client_context and context.client_context.custom,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "pid": os.getpid(),
    }


def call(event, context):
    """Call AWS: the event names service, operation and arguments; the answer is what boto3 returned or raised."""
    import boto3  # here, so that the other functions start without it
    from botocore.config import Config
    from botocore.exceptions import ClientError

    client = boto3.client(event["service"], config=Config(retries={"total_max_attempts": 1}))
    try:
        answer = getattr(client, event["operation"])(**event.get("arguments", {}))
    except ClientError as error:
        told = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "code": told["Code"], "message": told["Message"]}
    answer.pop("ResponseMetadata")
    if "Payload" in answer:
        answer["Payload"] = json.loads(answer["Payload"].read())
    return answer


def talk(event, context):
    """Log a line of each level."""
    for level in ("debug", "info", "warning"):
        getattr(logging.getLogger(), level)("a line of level %s", level)


TICKS = []  #: when the thread ran


def tick():
    while True:
        TICKS.append(time.monotonic())
        time.sleep(0.01)


def obey(event, context):  # noqa: C901, PLR0912  # one branch for each order
    """Do what the event's body says: several behaviours in one environment, so that a test can mix them."""
    event = json.loads(base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"])
    print(f"obeying {event.get('do')}")
    if "request_id" in event:
        print(json.dumps({"event": "obeying", "request_id": event["request_id"], "thinking_ms": 1, "acting_ms": 2}))
    match event.get("do"):
        case "sleep":
            time.sleep(event["seconds"])
        case "raise":
            raise ValueError(event.get("message", "told to"))
        case "breakpoint":
            breakpoint()  # noqa: T100  # what a user may leave in a handler
        case "exit":
            sys.exit(event.get("code", 1))
        case "vanish":
            os._exit(event.get("code", 1))
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "large":
            return "x" * event["bytes"]
        case "return":
            return event["value"]
        case "unmarshallable":
            return {1, 2, 3}
        case "allocate":
            largest = b"x" * event["bytes"]
            time.sleep(event["seconds"])
            del largest
        case "tick":
            threading.Thread(target=tick, daemon=True).start()
            time.sleep(event["seconds"])
        case "ticks":
            return {"ticks": TICKS}
        case "spawn":
            print(f"child {subprocess.Popen(['sleep', '60']).pid}")
            time.sleep(event["seconds"])
        case "say":
            print(json.dumps(event["line"]))
        case "sleep and write":
            time.sleep(event["seconds"])
            Path(event["path"]).write_text("kept")
        case "write":
            Path(event["path"]).write_text("kept")
        case "fake error":
            return {"errorMessage": "no error", "errorType": "None", "requestId": "another", "stackTrace": []}
    return {"done": event.get("do"), "pid": os.getpid()}
