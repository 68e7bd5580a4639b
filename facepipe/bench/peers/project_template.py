"""Writes the measured project as a CloudFormation template, which facepipe runs."""

import json
from pathlib import Path
from typing import Any

from facepipe.bench.peers.measured_project import RUNTIME, TIMEOUT_S, VISIBILITY_S, MeasuredProject, write_code

ROLE = "arn:aws:iam::000000000000:role/bench"


def write_template(project: MeasuredProject, folder: Path) -> Path:
    """Write the template and the functions' code into a folder; return the template's path."""
    write_code(folder / "functions")
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": resources(project)}, indent=1), encoding="utf-8")
    return path


def resources(project: MeasuredProject) -> dict[str, Any]:
    """Return the resources of the template."""
    found: dict[str, Any] = {}
    for queue in project.queues:
        properties = {"QueueName": queue, "VisibilityTimeout": VISIBILITY_S}
        found[_id("Queue", queue)] = {"Type": "AWS::SQS::Queue", "Properties": properties}
    urls = {queue: {"Ref": _id("Queue", queue)} for queue in project.queues}
    for name, function in project.functions.items():
        found[_id("Function", name)] = {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name,
                "Code": "functions",
                "Handler": function.handler,
                "Runtime": RUNTIME,
                "Role": ROLE,
                "Timeout": TIMEOUT_S,
                "Environment": {"Variables": project.variables(name, urls)},
            },
        }
        if function.has_url:
            found |= _url(name)
    for queue, trigger in project.triggers.items():
        properties = {
            "EventSourceArn": {"Fn::GetAtt": [_id("Queue", queue), "Arn"]},
            "FunctionName": {"Ref": _id("Function", trigger.function)},
            "BatchSize": trigger.batch,
            "Enabled": trigger.enabled,
        }
        found[_id("Trigger", queue)] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}
    return found


def _url(name: str) -> dict[str, Any]:
    function = {"Ref": _id("Function", name)}
    found: dict[str, Any] = {
        _id("Url", name): {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "NONE", "TargetFunctionArn": function},
        }
    }
    for action in ("InvokeFunctionUrl", "InvokeFunction"):
        properties = {"FunctionName": function, "Principal": "*", "Action": f"lambda:{action}"}
        found[_id(action, name)] = {"Type": "AWS::Lambda::Permission", "Properties": properties}
    return found


def _id(kind: str, name: str) -> str:
    return kind + "".join(part.capitalize() for part in name.split("-"))
