"""The commands of a first request, as a user can copy them from the end of the start into a shell."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from emulator.settings import Ports
from facepipe.client.endpoints import Endpoints

REQUEST_ID = "try-1"


def first_request(ports: Ports, photo: Path, here: Path) -> str:
    """Return the lines that post a photo and collect its result; `here` is the user's folder."""
    return "\n".join(["try it:", _post(ports.url, photo), shlex.join([*_program(here), *_collect(ports)])])


def _post(port: int, photo: Path) -> str:
    content = f'{{"content": "\'$(base64 -w0 {shlex.quote(str(photo))})\'", "request_id": "{REQUEST_ID}"}}'
    return f"echo '{content}' | curl -sS -H 'content-type: application/json' --data-binary @- http://127.0.0.1:{port}/"


def _collect(ports: Ports) -> Sequence[str]:
    sqs, api = f"http://127.0.0.1:{ports.sqs}", f"http://127.0.0.1:{ports.api}"
    usual = Endpoints()
    options = ["--sqs", sqs] if sqs != usual.sqs else []
    options += ["--api", api] if ports.api != Ports().api else []
    return ["collect", REQUEST_ID, *options]


def _program(here: Path) -> Sequence[str]:
    """Return how this program is called from a folder."""
    program = Path(sys.argv[0])
    if program.name != "facepipe":
        return [sys.executable, "-m", "facepipe"]
    if program.is_absolute() and program.is_relative_to(here):
        return [str(program.relative_to(here))]
    return [str(program)]
