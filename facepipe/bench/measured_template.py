"""The template that the emulator is measured with, written by a program because ten of its queues are alike."""

import json
from pathlib import Path
from typing import Any

IDLE = [f"idle-{number}" for number in range(8)]
MAPPED = ("wake", "hop", *IDLE)  #: ten queues that are polled
QUEUES = (*MAPPED, "many")
UNREAD = "unread"  #: a queue without a mapping
FUNCTIONS = {
    "stamp": "facepipe.bench.measured_functions.stamp",
    "relay": "facepipe.bench.relay.handler",
    "empty": "facepipe.bench.measured_functions.empty",
}
URLS = ("stamp", "relay")  #: in the template's order


def write_template(path: Path, stamps: Path) -> None:
    """Write it: ten queues mapped to `stamp`, a function URL each for `stamp` and `relay`, `many` mapped to `empty`.

    The mapping of `many` is disabled, so that the queue can be filled first. Nothing is mapped to `unread`.
    """
    resources: dict[str, Any] = {}
    for name in (*QUEUES, UNREAD):
        resources[_id("Queue", name)] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": name, "VisibilityTimeout": 60},
        }
    for name in QUEUES:
        resources[_id("Mapping", name)] = _mapping(name)
    for name, command in FUNCTIONS.items():
        resources[_id("Function", name)] = _function(name, command, stamps)
    for name in URLS:
        resources[_id("Url", name)] = {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "NONE", "TargetFunctionArn": {"Ref": _id("Function", name)}},
        }
        resources[_id("UrlPermission", name)] = _permission(name, "lambda:InvokeFunctionUrl")
        resources[_id("Permission", name)] = _permission(name, "lambda:InvokeFunction")
    path.write_text(json.dumps({"Resources": resources}, indent=1), encoding="utf-8")


def _mapping(queue: str) -> dict[str, Any]:
    function = "empty" if queue == "many" else "stamp"
    properties = {
        "EventSourceArn": {"Fn::GetAtt": [_id("Queue", queue), "Arn"]},
        "FunctionName": {"Ref": _id("Function", function)},
        "Enabled": queue != "many",
    }
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}


def _permission(function: str, action: str) -> dict[str, Any]:
    properties = {"FunctionName": {"Ref": _id("Function", function)}, "Principal": "*", "Action": action}
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def _function(name: str, command: str, stamps: Path) -> dict[str, Any]:
    variables = {"STAMPS": str(stamps), "HOP": {"Ref": _id("Queue", "hop")}}
    properties = {
        "FunctionName": name,
        "PackageType": "Image",
        "Code": {"ImageUri": "facepipe-bench"},
        "ImageConfig": {"Command": [command]},
        "Role": "arn:aws:iam::000000000000:role/bench",
        "Timeout": 10,
        "Environment": {"Variables": variables},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _id(kind: str, name: str) -> str:
    return kind + "".join(part.capitalize() for part in name.split("-"))
