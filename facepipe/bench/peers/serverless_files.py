"""Writes a project for serverless-offline: serverless.yml, and the functions' code beside its packages."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facepipe.bench.peers.measured_project import RUNTIME, TIMEOUT_S, MeasuredProject

ACCOUNT = "000000000000"
SERVICE, STAGE = "bench", "dev"


def write_project(folder: Path, modules: Path, content: Mapping[str, Any]) -> None:
    """Write serverless.yml into a folder, which gets the installed packages as well."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "node_modules").symlink_to(modules)
    (folder / "serverless.yml").write_text(json.dumps(content, indent=1), encoding="utf-8")  # JSON is YAML


def service(functions: Mapping[str, Any], endpoint: str, ports: Sequence[int]) -> dict[str, Any]:
    """Return the content of serverless.yml; `ports` are those of the HTTP API, of WebSockets and of Lambda."""
    http, websocket, lambda_port = ports
    return {
        "service": SERVICE,
        "frameworkVersion": "3",
        "plugins": ["serverless-offline-sqs", "serverless-offline"],
        "provider": {"name": "aws", "runtime": RUNTIME, "region": "us-east-1", "timeout": TIMEOUT_S, "stage": STAGE},
        "custom": {
            "serverless-offline": {
                "httpPort": http,
                "websocketPort": websocket,
                "lambdaPort": lambda_port,
                "noPrependStageInUrl": True,
            },
            "serverless-offline-sqs": {
                "endpoint": endpoint,
                "accountId": ACCOUNT,
                "region": "us-east-1",
                "accessKeyId": "test",
                "secretAccessKey": "test",
            },
        },
        "functions": dict(functions),
    }


def functions_of(project: MeasuredProject, endpoint: str, queue_urls: Mapping[str, str]) -> dict[str, Any]:
    """Return the measured functions with their events: an HTTP API for each URL, and the triggers that are enabled."""
    return {name: _function(project, name, endpoint, queue_urls) for name in project.functions}


def aws_variables(endpoint: str) -> dict[str, object]:
    """Return the variables by which functions find SQS."""
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1"} if endpoint else {}


def _function(project: MeasuredProject, name: str, endpoint: str, queue_urls: Mapping[str, str]) -> dict[str, Any]:
    function = project.functions[name]
    events: list[dict[str, Any]] = []
    if function.has_url:
        events.append({"httpApi": {"method": "POST", "path": f"/{name}"}})
    for queue, trigger in project.triggers.items():
        if trigger.function == name and trigger.enabled:
            arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}"
            events.append({"sqs": {"arn": arn, "batchSize": trigger.batch}})
    variables = {**project.variables(name, queue_urls), **aws_variables(endpoint)}
    return {"handler": function.handler, "environment": variables, "events": events}
