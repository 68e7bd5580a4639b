"""Does with each message what the message says about its attempt, and tells in a file what it did."""

import json
import os
import time

#: one write for each line: several environments append to the same file
LINES = os.open(os.environ["STORM_LINES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def tell(what, number):
    os.write(LINES, f"{what} {number}\n".encode())


def handler(event, context):
    time.sleep(event.get("hold_s", 0))  # a call that keeps the function's reserved concurrency used up
    failed = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        attempt = int(record["attributes"]["ApproximateReceiveCount"])
        fate = order["fates"][attempt - 1] if attempt <= len(order["fates"]) else order["then"]
        time.sleep(order["takes_s"])
        tell(fate, order["number"])  # "done" is told last of all that a message needs: then it is processed
        match fate:
            case "fail":
                failed.append(record["messageId"])
            case "raise":
                raise ValueError("told to")
            case "exit":
                os._exit(1)
            case "sleep":
                time.sleep(60)
            case "malformed":
                return {"batchItemFailures": [{"itemIdentifier": "nobody"}]}
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
