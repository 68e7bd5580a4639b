"""Makes the measured project through the APIs of Lambda and SQS, as a user of boto3 does."""

import time
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from facepipe.bench.peers.measured_peer import START_S, Address, PeerError
from facepipe.bench.peers.measured_project import (
    RUNTIME,
    TIMEOUT_S,
    VISIBILITY_S,
    MeasuredProject,
    MeasuredTrigger,
    write_code,
)
from facepipe.bench.peers.project_template import ROLE

LOOK_S = 0.02


def service_client(service: str, endpoint: str) -> Any:
    """Return a client that sends nothing twice."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # local programs take any
        config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
    )


@dataclass
class ApiProject:
    """The project on a server of both APIs. The clients are made before the server starts."""

    endpoint: str
    project: MeasuredProject
    lambda_client: Any = None
    sqs: Any = None
    mappings: dict[str, str] = field(default_factory=dict)  #: queue → UUID

    def __post_init__(self) -> None:
        self.lambda_client = service_client("lambda", self.endpoint)
        self.sqs = service_client("sqs", self.endpoint)

    def make(self, folder: Path) -> dict[str, Address]:
        """Make queues, functions, URLs and mappings; return the addresses of the functions with URLs."""
        queues = {name: self._queue(name) for name in self.project.queues}
        archive = _archive(folder / "functions")
        for name in self.project.functions:
            self._function(name, archive, queues)
        addresses = {name: self._address(name) for name in self.project.with_urls}
        for name in self.project.functions:
            self._wait_until_active(name)
        for queue, trigger in self.project.triggers.items():
            self.mappings[queue] = self._mapping(queues[queue], trigger)
        return addresses

    def enable(self, queue: str) -> None:
        """Start a trigger."""
        self.lambda_client.update_event_source_mapping(UUID=self.mappings[queue], Enabled=True)

    def _queue(self, name: str) -> str:
        attributes = {"VisibilityTimeout": str(VISIBILITY_S)}
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def _function(self, name: str, archive: bytes, queues: dict[str, str]) -> None:
        self.lambda_client.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=ROLE,
            Handler=self.project.functions[name].handler,
            Timeout=TIMEOUT_S,
            Code={"ZipFile": archive},
            Environment={"Variables": self.project.variables(name, queues)},
        )

    def _address(self, name: str) -> Address:
        url = self.lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
        for action in ("InvokeFunctionUrl", "InvokeFunction"):
            self.lambda_client.add_permission(
                FunctionName=name, StatementId=action, Action=f"lambda:{action}", Principal="*"
            )
        parts = urlsplit(url)
        return Address(urlsplit(self.endpoint).port or 80, parts.path or "/", parts.netloc)

    def _wait_until_active(self, name: str) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            state = self.lambda_client.get_function_configuration(FunctionName=name).get("State", "Active")
            if state == "Active":
                return
            time.sleep(LOOK_S)
        raise PeerError(f"the function {name} is still {state}")

    def _mapping(self, queue_url: str, trigger: MeasuredTrigger) -> str:
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
        made = self.lambda_client.create_event_source_mapping(
            EventSourceArn=attributes["QueueArn"],
            FunctionName=trigger.function,
            BatchSize=trigger.batch,
            Enabled=trigger.enabled,
        )
        return str(made["UUID"])


def _archive(folder: Path) -> bytes:
    write_code(folder)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for source in sorted(folder.glob("*.py")):
            archive.write(source, source.name)
    return buffer.getvalue()
