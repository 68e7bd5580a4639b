"""Makes what a case needs, and removes it afterwards."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.conformance.fixed_values import FIXED_VALUES
from facepipe.conformance.placeholders import filled
from facepipe.conformance.tried_server import TriedServer, code_archive

ACTIVE_S = 90.0
LOOK_S = 0.1
LOOK_AWS_S = 1.0


class SetUpError(RuntimeError):
    """A function or queue that a case needs could not be made; the message says why."""


@dataclass
class MadeResources:
    """What one case has on the server. Made things are removed even if the case fails."""

    server: TriedServer
    base: str  #: the first part of its names
    values: dict[str, object] = field(default_factory=dict)  #: what stands for placeholders
    queues: list[str] = field(default_factory=list)

    def prepare(self, functions: Mapping[str, Mapping[str, Any]], queues: Mapping[str, Mapping[str, str]]) -> None:
        """Make queues, then functions. Raises `SetUpError`."""
        self._know()
        try:
            for name, attributes in queues.items():
                self._make_queue(name, attributes)
            for name, properties in functions.items():
                self._make_function(name, properties)
            for name in functions:
                self.wait_until_active(str(self.values[name]))
        except (ClientError, BotoCoreError) as error:
            raise SetUpError(f"what the case needs cannot be made: {error}") from error

    def _know(self) -> None:
        server = self.server
        self.values |= {**FIXED_VALUES, "account": server.account, "region": server.region, "role": server.role}
        self.values |= {"runtime": server.runtime, "code": code_archive(), "other-code": code_archive(note=self.base)}
        self.know_function("name", self.base)
        self.know_function("missing", f"{self.base}-missing")

    def know_function(self, name: str, function: str) -> None:
        """Let `<name>` and `<name-arn>` stand for a function."""
        arn = f"arn:aws:lambda:{self.server.region}:{self.server.account}:function:{function}"
        self.values |= {name: function, "arn" if name == "name" else f"{name}-arn": arn}

    def _make_queue(self, name: str, attributes: Mapping[str, str]) -> None:
        fifo = ".fifo" if attributes.get("FifoQueue") == "true" else ""
        queue = f"{self.base}-{name}{fifo}"
        made = self.server.client("sqs").create_queue(QueueName=queue, Attributes=filled(dict(attributes), self.values))
        self.queues.append(made["QueueUrl"])
        self.values |= {name: queue, f"{name}-url": made["QueueUrl"], f"{name}-arn": self._queue_arn(queue)}

    def _queue_arn(self, queue: str) -> str:
        return f"arn:aws:sqs:{self.server.region}:{self.server.account}:{queue}"

    def _make_function(self, name: str, properties: Mapping[str, Any]) -> None:
        function = self.base if name == "name" else f"{self.base}-{name}"
        self.know_function(name, function)
        self.server.client("lambda").create_function(
            FunctionName=function, **{**self.defaults(), **filled(dict(properties), self.values)}
        )

    def defaults(self) -> dict[str, Any]:
        """Return the parameters of CreateFunction that a case need not write."""
        return {
            "Role": self.server.role,
            "Runtime": self.server.runtime,
            "Handler": "handlers.echo",
            "Code": {"ZipFile": code_archive()},
        }

    def wait_until_active(self, function: str, qualifier: str = "") -> None:
        """Wait until a function can be called and changed. Raises `SetUpError`."""
        which = {"Qualifier": qualifier} if qualifier else {}
        last, end = "", time.monotonic() + ACTIVE_S
        while time.monotonic() < end:
            told = self.server.client("lambda").get_function_configuration(FunctionName=function, **which)
            last = f"State {told.get('State')}, LastUpdateStatus {told.get('LastUpdateStatus')}"
            if told.get("State") in (None, "Active") and told.get("LastUpdateStatus") in (None, "Successful"):
                return
            if "Failed" in (told.get("State"), told.get("LastUpdateStatus")):
                break
            time.sleep(LOOK_AWS_S if self.server.is_aws else LOOK_S)
        raise SetUpError(f"{function} did not become active: {last}")

    def remove(self) -> None:
        """Remove all that has the case's names: mappings first, then functions and queues."""
        api, sqs = self.server.client("lambda"), self.server.client("sqs")
        functions = {str(text) for text in self.values.values() if str(text).startswith(self.base)}
        for queue in self.queues:
            arn = self._queue_arn(queue.rpartition("/")[2])
            with contextlib.suppress(ClientError, BotoCoreError):
                for mapping in api.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]:
                    api.delete_event_source_mapping(UUID=mapping["UUID"])
        for function in functions:
            with contextlib.suppress(ClientError, BotoCoreError):
                api.delete_function(FunctionName=function)
        for queue in self.queues:
            with contextlib.suppress(ClientError, BotoCoreError):
                sqs.delete_queue(QueueUrl=queue)
