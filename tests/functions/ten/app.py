"""Ten tiny functions of one application. Each sends to the queue `answers` what it received."""

import json
import os
import queue
import threading
import urllib.request

import boto3

sqs = boto3.client("sqs")
known = set()  #: requests that `retry` has seen
announced = queue.Queue()  #: requests of which the extension was told


def send(queue, content, **options):
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(content), **options)


def tell(context, content):
    send("answers", {"from": context.function_name, **content})


def watch():
    """Run beside a function as an internal extension, to which Lambda announces each invocation."""
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension"
    headers = {"Lambda-Extension-Name": "watch", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{api}/register", b'{"events": ["INVOKE"]}', headers)
    with urllib.request.urlopen(request) as answer:
        headers = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}

    def follow():
        while True:
            with urllib.request.urlopen(urllib.request.Request(f"{api}/event/next", headers=headers)) as event:
                announced.put(json.load(event)["requestId"])

    threading.Thread(target=follow, daemon=True).start()


if os.environ["AWS_LAMBDA_FUNCTION_NAME"] == "greet":
    watch()


def greet(event, context):
    """Called through an alias; an extension is told of each call."""
    return {"hello": event["name"], "announced": announced.get(timeout=5) == context.aws_request_id}


def take(event, context):
    """Puts orders of several customers on a fair queue."""
    for order in event["orders"]:
        send("orders", order, MessageGroupId=order["customer"])
    return len(event["orders"])


def price(event, context):
    """Gets orders from provisioned pollers; the second time it has no objections to an order."""
    failed = []
    for record in event["Records"]:
        order, times = json.loads(record["body"]), int(record["attributes"]["ApproximateReceiveCount"])
        if order.get("fails") and times == 1:
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            tell(context, {**order, "times": times, "group": record["attributes"]["MessageGroupId"]})
    return {"batchItemFailures": failed}


def large(event, context):
    """Gets what a filter lets through of a FIFO queue."""
    for record in event["Records"]:
        tell(context, {"body": json.loads(record["body"]), "group": record["attributes"]["MessageGroupId"]})


def ship(event, context):
    """Is called asynchronously; its record goes to `pack`."""
    return {"shipped": event["order"]}


def pack(event, context):
    """Gets the record of another function's event."""
    tell(context, {"record": event})


def refund(event, context):
    """Fails: its event goes to a dead-letter queue, and a record to another queue."""
    raise ValueError(f"no money for {event['order']}")


def retry(event, context):
    """Succeeds when it sees a request for the second time."""
    if context.aws_request_id not in known:
        known.add(context.aws_request_id)
        raise RuntimeError("not yet")
    return "at last"


def closed(event, context):
    """Is never called: its reserved concurrency is 0."""
    tell(context, {"called": True})


def late(event, context):
    """Gets the records of events that failed, from their queue."""
    for record in event["Records"]:
        tell(context, {"record": json.loads(record["body"])})
