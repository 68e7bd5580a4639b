"""Calls functions by Lambda's API, for tests."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.attached_debuggers import debuggers_at
from facepipe.client.endpoints import Endpoints, proxies_for
from facepipe.client.printable_text import printable_lines
from facepipe.up_process import PipelineError

__tracebackhide__ = True  #: as in facepipe/pipeline.py
LONGEST_S = 900  #: Lambda's longest timeout


class FunctionFailedError(PipelineError):
    """A function failed: it raised an exception, ended or took too long."""

    def __init__(self, function: str, error: Any, log_tail: str) -> None:
        kind, why = (error.get("errorType", ""), error.get("errorMessage", "")) if isinstance(error, dict) else ("", "")
        super().__init__(
            "\n".join(
                filter(
                    None,
                    [
                        f"{function} failed: {kind} {why}".rstrip(),
                        printable_lines(log_tail.strip()),
                    ],
                )
            )
        )
        self.error = error  #: Lambda's answer: errorType, errorMessage, stackTrace


class FunctionCalls:
    """The functions of one pipeline."""

    def __init__(self, endpoints: Endpoints) -> None:
        local = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if endpoints.api else {}
        longest_s = None if debuggers_at(endpoints.api) else LONGEST_S  # a debugger may hold a function for hours
        retries, proxies = {"total_max_attempts": 1}, proxies_for(endpoints.api)
        config = Config(connect_timeout=3, read_timeout=longest_s, retries=retries, proxies=proxies)
        self._client = boto3.client(
            "lambda", endpoint_url=endpoints.api or None, region_name=endpoints.region, config=config, **local
        )

    def names(self) -> Sequence[str]:
        """Return the names of all functions."""
        pages = self._client.get_paginator("list_functions").paginate()
        return [str(function["FunctionName"]) for page in pages for function in page["Functions"]]

    def named(self, name: str) -> str:
        """Return the full name of a function: `Resize` may stand for `shop-Resize`."""
        try:
            names = self.names()
        except (BotoCoreError, ClientError) as error:
            raise PipelineError(f"the functions cannot be listed: {error}") from None
        found = [full for full in names if full == name] or [full for full in names if full.endswith(f"-{name}")]
        if len(found) == 1:
            return found[0]
        raise PipelineError(f"there is no function {name!r}, but {', '.join(names) or 'none at all'}")

    def invoke(self, name: str, payload: Any) -> Any:
        """Return a function's result. Raises `FunctionFailedError` if it failed, with the end of its log."""
        function = self.named(name)
        try:
            answer = self._client.invoke(FunctionName=function, Payload=json.dumps(payload).encode(), LogType="Tail")
        except (BotoCoreError, ClientError) as error:
            raise PipelineError(f"{function} cannot be called: {error}") from None
        result = read_json(answer["Payload"].read())
        if "FunctionError" in answer:
            tail = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
            raise FunctionFailedError(function, result, tail)
        return result

    def url(self, name: str) -> str:
        """Return the address of a function's URL."""
        function = self.named(name)
        try:
            configs = self._client.list_function_url_configs(FunctionName=function)["FunctionUrlConfigs"]
        except (BotoCoreError, ClientError) as error:
            raise PipelineError(f"the URLs of {function} cannot be listed: {error}") from None
        if not configs:
            raise PipelineError(f"{function} has no function URL: add one to its template, or use invoke")
        return str(configs[0]["FunctionUrl"])


def read_json(content: bytes | str) -> Any:
    """Return what JSON says, or the text itself where it is none; None for nothing."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text
