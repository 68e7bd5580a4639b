"""facepipe itself, as its users start it: `facepipe up` with a template."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from emulator.free_ports import free_ports
from emulator.settings import RIE
from facepipe.bench.peers.made_by_api import service_client
from facepipe.bench.peers.measured_peer import (
    QUEUES,
    TRIGGERS,
    URLS,
    Address,
    PeerUnavailableError,
    RunningPeer,
    process_of,
)
from facepipe.bench.peers.measured_project import MeasuredProject
from facepipe.bench.peers.project_template import write_template
from facepipe.bench.peers.queue_servers import container_pid
from facepipe.elasticmq import docker_answers, elasticmq
from facepipe.paths import Paths
from facepipe.present_models import prepare_rie


@dataclass(frozen=True, slots=True)
class FacepipePeer:
    """One way to run it."""

    name: str
    engine: str = ""  #: "": the default, the Runtime API
    with_elasticmq: bool = False
    offers: frozenset[str] = frozenset((URLS, TRIGGERS, QUEUES))
    lacks: str = ""

    def prepare(self) -> str:
        """Return the version; it is installed already."""
        if self.with_elasticmq and not docker_answers():
            raise PeerUnavailableError("ElasticMQ needs Docker, and no Docker engine answers")
        if self.engine == RIE:
            prepare_rie(Paths(), print)
        try:
            return version("facepipe")
        except PackageNotFoundError:
            return "of a checkout"

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:
        """Run it with its queues and its journal in files, as it has them by default."""
        template, ports = write_template(project, folder), free_ports()
        given = {"url": ports.url, "api": ports.api, "link": ports.link, "functions": ports.functions, "sqs": ports.sqs}
        command = [sys.executable, "-P", "-m", "facepipe", "up", str(template)]
        for name, port in given.items():
            command += [f"--{name}-port", str(port)]
        command += ["--queues", str(folder / "queues.sqlite"), "--journal", str(folder / "journal.sqlite")]
        command += ["--engine", self.engine] if self.engine else []
        api, queue_pid = service_client("lambda", f"http://127.0.0.1:{ports.api}"), 0

        def enable(queue: str) -> None:
            for mapping in api.list_event_source_mappings()["EventSourceMappings"]:
                if mapping["EventSourceArn"].endswith(f":{queue}"):
                    api.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

        with contextlib.ExitStack() as stack:
            if self.with_elasticmq:
                endpoint = stack.enter_context(elasticmq(free_ports().sqs))
                command += ["--sqs-endpoint", endpoint]
                queue_pid = container_pid(endpoint)
            process = stack.enter_context(process_of(command, folder / "log"))
            yield RunningPeer(
                self.name,
                f"http://127.0.0.1:{ports.sqs}",
                {name: Address(ports.function_url(place)) for place, name in enumerate(project.with_urls)},
                enable,
                process.pid,
                queue_pid,
                f"http://127.0.0.1:{ports.api}",
            )
