"""serverless-offline with its plugin for SQS, on the last version of serverless that runs without an account.

It has no queues of its own: ElasticMQ has them. It has no Function URLs: an HTTP API has the functions instead.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emulator.free_ports import free_ports
from facepipe.bench.peers.made_by_api import service_client
from facepipe.bench.peers.measured_peer import TRIGGERS, URLS, Address, PeerUnavailableError, RunningPeer, process_of
from facepipe.bench.peers.measured_project import VISIBILITY_S, MeasuredProject, write_code
from facepipe.bench.peers.own_environments import node_environment, python_environment
from facepipe.bench.peers.queue_servers import container_pid
from facepipe.bench.peers.serverless_files import functions_of, service, write_project
from facepipe.elasticmq import docker_answers, elasticmq

PACKAGES = ("serverless@3.40.0", "serverless-offline@13.9.0", "serverless-offline-sqs@8.0.0")


@dataclass(frozen=True, slots=True)
class ServerlessPeer:
    """serverless-offline in an environment of its own."""

    environments: Path
    name: str = "serverless-offline"
    offers: frozenset[str] = frozenset((URLS, TRIGGERS))
    lacks: str = "ElasticMQ has its queues; an HTTP API stands in for Function URLs"

    @property
    def place(self) -> Path:
        """Return the folder of its packages."""
        return self.environments / PACKAGES[1].replace("@", "-")

    def prepare(self) -> str:
        """Install the packages, and boto3 for the functions."""
        if not docker_answers():
            raise PeerUnavailableError("its queues need ElasticMQ, and no Docker engine answers")
        node_environment(self.place, PACKAGES)
        python_environment(self.environments / "serverless-functions", ["boto3"])
        return PACKAGES[1].rpartition("@")[2]

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:
        """Run the project, and ElasticMQ if it has queues. Starting a trigger runs a second serverless-offline."""
        with contextlib.ExitStack() as stack:
            endpoint, queue_pid, urls = "", 0, dict[str, str]()
            if project.queues:
                endpoint = stack.enter_context(elasticmq(free_ports().sqs))
                queue_pid, urls = container_pid(endpoint), _made_queues(endpoint, project)

            def started(part: MeasuredProject, place: str) -> tuple[list[int], subprocess.Popen[bytes]]:
                write_code(folder / place)
                functions = functions_of(part, endpoint, urls)
                return stack.enter_context(self.serving(folder / place, functions, endpoint))

            def enable(queue: str) -> None:
                trigger = replace(project.triggers[queue], enabled=True)
                functions = {trigger.function: project.functions[trigger.function]}
                started(replace(project, triggers={queue: trigger}, functions=functions), queue)

            ports, process = started(project, "project")
            addresses = {name: Address(ports[0], f"/{name}") for name in project.with_urls}
            yield RunningPeer(self.name, endpoint, addresses, enable, process.pid, queue_pid)

    @contextlib.contextmanager
    def serving(
        self, folder: Path, functions: Mapping[str, Any], endpoint: str
    ) -> Iterator[tuple[list[int], subprocess.Popen[bytes]]]:
        """Run functions, whose code is in a folder; yield the ports of the HTTP API, WebSockets and Lambda."""
        ports = free_ports()
        numbers = [ports.url, ports.api, ports.link]
        write_project(folder, self.place / "node_modules", service(functions, endpoint, numbers))
        command = [shutil.which("node") or "node", "node_modules/serverless/bin/serverless.js", "offline", "start"]
        variables = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
            "VIRTUAL_ENV": str(self.environments / "serverless-functions"),
        }
        with process_of(command, folder / "log", cwd=folder, variables=variables) as process:
            yield numbers, process


def _made_queues(endpoint: str, project: MeasuredProject) -> dict[str, str]:
    sqs, attributes = service_client("sqs", endpoint), {"VisibilityTimeout": str(VISIBILITY_S)}
    return {name: str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]) for name in project.queues}
