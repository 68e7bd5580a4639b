"""A grader as courses have them: it looks at what a student has deployed, and empties the queues before it tests.

Usage: grader.py FUNCTION... -- REQUEST-QUEUE RESPONSE-QUEUE. The last function takes its work from the request queue.
"""

import sys

import boto3

split = sys.argv.index("--")
wanted, (requests, responses) = sys.argv[1:split], sys.argv[split + 1 :]
functions, sqs = boto3.client("lambda"), boto3.client("sqs")
points = 0


def check(what: str, passed: object) -> None:
    global points  # noqa: PLW0603  # as graders are
    points += bool(passed)
    print(f"[{'PASS' if passed else 'FAIL'}] {what}")


deployed = [
    function["FunctionName"]
    for page in functions.get_paginator("list_functions").paginate()
    for function in page["Functions"]
]
for name in wanted:
    check(f"{name} is deployed", name in deployed)
    configuration = functions.get_function(FunctionName=name)["Configuration"]
    check(f"{name} is active", configuration["State"] == "Active" and configuration["LastUpdateStatus"] == "Successful")
    check(f"{name} has an image or a runtime", configuration["PackageType"] == "Image" or configuration["Runtime"])
    check(f"{name} has memory and time", configuration["MemorySize"] >= 128 and configuration["Timeout"] >= 3)
mappings = functions.list_event_source_mappings(FunctionName=wanted[-1])["EventSourceMappings"]
triggers = [mapping for mapping in mappings if mapping["EventSourceArn"].endswith(f":{requests}")]
check("the request queue triggers it", len(triggers) == 1)
check("the trigger is enabled", triggers and triggers[0]["State"] == "Enabled")
for queue in (requests, responses):
    sqs.send_message(QueueUrl=responses, MessageBody="left over")
    sqs.purge_queue(QueueUrl=queue)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    check(f"{queue} is empty", sum(int(attributes[name]) for name in names) == 0)
print(f"{points} points")
