"""Deploys the ten functions with boto3, as the template beside this file describes them."""

import io
import sys
import zipfile
from pathlib import Path

import boto3

ARNS = {service: f"arn:aws:{service}:us-east-1:000000000000:" for service in ("sqs", "lambda")}
FAILURES, PACK = f"{ARNS['sqs']}failures", f"{ARNS['lambda']}function:pack"
QUEUES = {
    "answers": {},
    "letters": {},
    "failures": {},
    "orders": {"VisibilityTimeout": "10"},
    "audits.fifo": {"FifoQueue": "true", "ContentBasedDeduplication": "true"},
}
NAMES = ("greet", "take", "price", "large", "pack", "ship", "refund", "retry", "closed", "late")
EVENTS = {
    "ship": {"DestinationConfig": {"OnSuccess": {"Destination": PACK}}},
    "refund": {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": FAILURES}}},
    "retry": {"DestinationConfig": {"OnSuccess": {"Destination": PACK}}},
    "closed": {"DestinationConfig": {"OnFailure": {"Destination": FAILURES}}},
}
MAPPINGS = {
    "price": {
        "EventSourceArn": f"{ARNS['sqs']}orders",
        "BatchSize": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 4},
    },
    "large": {
        "EventSourceArn": f"{ARNS['sqs']}audits.fifo",
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"amount": [{"numeric": [">", 100]}]}}'}]},
    },
    "late": {"EventSourceArn": FAILURES},
}
functions, sqs = boto3.client("lambda"), boto3.client("sqs")
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as file:
    file.write(Path(__file__).with_name("app.py"), "app.py")

for name, attributes in QUEUES.items():
    sqs.create_queue(QueueName=name, Attributes=attributes)
for name in NAMES:
    functions.create_function(
        FunctionName=name,
        Runtime=f"python3.{sys.version_info.minor}",
        Role="arn:aws:iam::000000000000:role/ten",
        Handler=f"app.{name}",
        Code={"ZipFile": archive.getvalue()},
        Timeout=10,
        **({"DeadLetterConfig": {"TargetArn": f"{ARNS['sqs']}letters"}} if name == "refund" else {}),
    )
for name in NAMES:
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
version = functions.publish_version(FunctionName="greet")["Version"]
functions.create_alias(FunctionName="greet", Name="live", FunctionVersion=version)
functions.put_function_concurrency(FunctionName="retry", ReservedConcurrentExecutions=1)
functions.put_function_concurrency(FunctionName="closed", ReservedConcurrentExecutions=0)
for name, settings in EVENTS.items():
    functions.put_function_event_invoke_config(FunctionName=name, **settings)
for name, settings in MAPPINGS.items():
    functions.create_event_source_mapping(FunctionName=name, **settings)
