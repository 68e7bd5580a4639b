"""LocalStack without its image, from the Python package index: its queues.

Its Lambda starts functions with lambda-runtime-init, a program that LocalStack downloads from a release at GitHub; no
package index has it. Before Python 3.13 the module that downloads it cannot be imported (`Lock | None`).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emulator.free_ports import free_ports
from facepipe.bench.peers.measured_peer import QUEUES, RunningPeer, process_of
from facepipe.bench.peers.measured_project import MeasuredProject
from facepipe.bench.peers.ministack_peer import wait_for_port
from facepipe.bench.peers.own_environments import python_environment

#: the last version that runs on Python 3.11; later ones have syntax of 3.12. It needs no account
VERSION = "4.13.1"
#: localstack-core has no upper bounds: it does not start with later versions of the next two, nor without the last
PACKAGES = (f"localstack-core[runtime]=={VERSION}", "cbor2==5.8.0", "pyopenssl==25.3.0", "service-identity==24.2.0")


@dataclass(frozen=True, slots=True)
class LocalStackPeer:
    """LocalStack's runtime in an environment of its own."""

    environments: Path
    name: str = "localstack"
    offers: frozenset[str] = frozenset((QUEUES,))
    lacks: str = (
        "it runs without its image, and its Lambda needs lambda-runtime-init,"
        " a download from GitHub that no package index has"
    )

    @property
    def place(self) -> Path:
        """Return the folder of its environment."""
        return self.environments / f"localstack-{VERSION}"

    def prepare(self) -> str:
        """Install it."""
        python_environment(self.place, PACKAGES)
        return VERSION

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:  # noqa: ARG002
        """Run it without the project's functions. All that it writes is in `folder` and in its environment."""
        port = free_ports().sqs
        variables = {
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "SERVICES": "sqs",
            "FILESYSTEM_ROOT": str(folder / "files"),
            "XDG_CACHE_HOME": str(self.place / "cache"),
            "OVERRIDE_IN_DOCKER": "0",  # in a container it would write to /var/lib
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
        }
        command = [str(self.place / "bin/python"), "-m", "localstack.runtime.main"]
        with process_of(command, folder / "log", variables=variables) as process:
            wait_for_port(port, process)
            yield RunningPeer(self.name, f"http://127.0.0.1:{port}", queue_pid=process.pid)
