"""SAM's command line, `sam local`: functions in containers, on an image that is built here.

Functions whose code is a zip file run in AWS's base image, which only a registry has. A function that is an image needs
no registry: SAM adds the Runtime Interface Emulator that its package brings. It has no Function URLs (an HTTP API has
the functions instead), no queues and no triggers.
"""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.free_ports import free_ports
from facepipe.bench.peers.measured_peer import URLS, Address, PeerUnavailableError, RunningPeer, process_of
from facepipe.bench.peers.measured_project import TIMEOUT_S, MeasuredProject, write_code
from facepipe.bench.peers.own_environments import python_environment
from facepipe.bench.peers.sam_images import build_base_image, build_functions_image, own_name
from facepipe.elasticmq import docker_answers

VERSION = "1.170.0"
IMAGE = "facepipe-peers/functions"
API, INVOKE = "start-api", "start-lambda"  #: what `sam local` serves: an HTTP API, or Lambda's Invoke
#: without it, each call starts a container of its own
WARM = ("--warm-containers", "LAZY")


@dataclass(frozen=True, slots=True)
class SamPeer:
    """SAM in an environment of its own."""

    environments: Path
    name: str = "sam-local"
    offers: frozenset[str] = frozenset((URLS,))
    lacks: str = "it has no queues and no triggers; an HTTP API stands in for Function URLs"

    @property
    def place(self) -> Path:
        """Return the folder of its environment."""
        return self.environments / f"sam-{VERSION}"

    def prepare(self) -> str:
        """Install it, and build the functions' image."""
        if not docker_answers():
            raise PeerUnavailableError("it runs functions in containers, and no Docker engine answers")
        python_environment(self.place, [f"aws-sam-cli=={VERSION}"])
        build_base_image()
        code = self.environments / "sam-functions"
        write_code(code)
        build_functions_image(code, IMAGE)
        return VERSION

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:
        """Run the functions that have a URL, behind an HTTP API."""
        with own_name(IMAGE) as image:
            template = sam_template(project, image)
            with self.serving(API, template, folder) as (port, process):
                addresses = {name: Address(port, f"/{name}") for name in project.with_urls}
                yield RunningPeer(self.name, addresses=addresses, emulator_pid=process.pid)

    @contextlib.contextmanager
    def serving(
        self, what: str, template: Mapping[str, Any], folder: Path
    ) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        """Run `sam local` with a template in a folder; yield its port and its process."""
        folder.mkdir(parents=True, exist_ok=True)
        path, port = folder / "template.json", free_ports().url
        path.write_text(json.dumps(template, indent=1), encoding="utf-8")
        command = [str(self.place / "bin/sam"), "local", what, "--template", str(path), "--port", str(port), *WARM]
        variables = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(self.place / "settings"),
        }
        with process_of(command, folder / "log", cwd=folder, variables=variables) as process:
            yield port, process


def sam_template(project: MeasuredProject, image: str) -> dict[str, Any]:
    """Return a template of the functions that have a URL, each at a path of its own."""
    found = {
        name.title().replace("-", ""): sam_function(
            image,
            project.functions[name].handler,
            TIMEOUT_S,
            project.variables(name, {project.functions[name].sends_to: ""}),
        )
        for name in project.with_urls
    }
    for name, function in zip(project.with_urls, found.values(), strict=True):
        function["Properties"]["Events"] = http_event(f"/{name}", "POST")
    return template_of(found)


def template_of(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template of SAM."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": dict(resources),
    }


def sam_function(image: str, handler: str, timeout_s: int, variables: Mapping[str, object]) -> dict[str, Any]:
    """Return a function as an image."""
    properties = {
        "PackageType": "Image",
        "ImageUri": f"{image}:latest",
        "ImageConfig": {"Command": [handler]},
        "Timeout": timeout_s,
        "Environment": {"Variables": dict(variables)},
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def http_event(path: str, method: str) -> dict[str, Any]:
    """Return the event by which an HTTP API calls a function."""
    return {"Http": {"Type": "HttpApi", "Properties": {"Path": path, "Method": method, "PayloadFormatVersion": "2.0"}}}
