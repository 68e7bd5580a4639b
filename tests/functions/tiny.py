"""Tiny functions that have nothing to do with faces: what each does is in its name."""

import base64
import json
import os
import signal
import sys
import time


def echo(event, context):
    return event


def describe(event, context):
    return {
        "environment": dict(os.environ),
        "request_id": context.aws_request_id,
        "function_name": context.function_name,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "pid": os.getpid(),
    }


def obey(event, context):
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
        case "exit":
            sys.exit(event.get("code", 1))
        case "vanish":
            os._exit(event.get("code", 1))
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "large":
            return "x" * event["bytes"]
        case "unmarshallable":
            return {1, 2, 3}
        case "fake error":
            return {"errorMessage": "no error", "errorType": "None", "requestId": "another", "stackTrace": []}
    return {"done": event.get("do"), "pid": os.getpid()}
