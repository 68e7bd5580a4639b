"""Lambda's API in front of serverless-offline: each function runs in a serverless-offline of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facepipe.bench.peers.ministack_peer import wait_for_port
from facepipe.bench.peers.served_lambda import FunctionEnds, ServedFunction, ServedLambda
from facepipe.bench.peers.serverless_files import SERVICE, STAGE, aws_variables
from facepipe.bench.peers.serverless_peer import ServerlessPeer

NAME = "function"


class ServerlessLambda(ServedLambda):
    """Functions behind an HTTP API, or with a trigger of a queue."""

    def __init__(self, peer: ServerlessPeer, endpoint: str, folder: Path) -> None:
        super().__init__(peer.name, folder)
        self._peer = peer
        self._endpoint = endpoint  # of SQS

    @contextmanager
    def serving(self, function: ServedFunction) -> Iterator[FunctionEnds]:
        """Run a function, and its trigger."""
        settings = {
            "handler": function.handler,
            "timeout": function.timeout_s,
            "environment": {**function.variables, **aws_variables(self._endpoint)},
            "events": events_of(function),
        }
        with self._peer.serving(function.folder, {NAME: settings}, self._endpoint) as (ports, process):
            http, _, lambda_port = (f"http://127.0.0.1:{port}" for port in ports)
            wait_for_port(ports[2], process)
            yield FunctionEnds(f"{http}/", lambda_port, f"{SERVICE}-{STAGE}-{NAME}")


def events_of(function: ServedFunction) -> list[dict[str, Any]]:
    """Return a function's events, as serverless.yml has them: an HTTP API for all paths, and a trigger."""
    events: list[dict[str, Any]] = [{"httpApi": "*"}] if function.has_url else []
    return [*events, _trigger(function.mapping)] if function.mapping else events


def _trigger(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of serverless.yml for a request of CreateEventSourceMapping."""
    trigger = {"arn": request["EventSourceArn"], "batchSize": request.get("BatchSize", 10)}
    if window := request.get("MaximumBatchingWindowInSeconds"):
        trigger["maximumBatchingWindow"] = window
    if reports := request.get("FunctionResponseTypes"):
        trigger["functionResponseType"] = reports[0]
    return {"sqs": trigger}
