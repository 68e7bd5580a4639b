"""Serialises an operation's result as an HTTP response, by the service model's output shape (AWS's REST-JSON)."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel

from emulator.lambda_api.requests import ApiResponse, Reply


def write(operation: OperationModel, answer: ApiResponse) -> Reply:
    """Return the HTTP response: the model says which members go to its status, headers and body."""
    status: int = operation.http["responseCode"]
    headers = {"x-amzn-RequestId": answer.request_id} if answer.request_id else {}
    shape = operation.output_shape
    if shape is None:
        return Reply(status, headers)
    in_body, payload = {}, shape.serialization.get("payload")
    for name, value in answer.members.items():
        serialization = shape.members[name].serialization if name in shape.members else {}
        place = serialization.get("location")
        if place == "statusCode":
            status = value
        elif place == "header":
            headers[serialization["name"]] = value
        else:
            in_body[name] = value
    if payload:
        body = in_body.get(payload, b"")
        return Reply(status, headers | _content_type(body), body)
    return Reply(status, headers | _content_type(in_body), json.dumps(in_body).encode())


def _content_type(body: bytes | Mapping[str, Any]) -> dict[str, str]:
    return {} if body == b"" else {"Content-Type": "application/json"}
