"""The commands that the start prints are run by a real shell, from a folder whose name has a space and a quote."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from emulator.settings import Ports
from facepipe.first_request import first_request


@pytest.fixture
def posted() -> Iterator[tuple[int, list[bytes]]]:
    """A server's port, and the bodies that were posted to it."""
    bodies: list[bytes] = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Write nothing."""

    server = HTTPServer(("127.0.0.1", 0), Keep)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_curl_line_survives_a_path_with_spaces_and_quotes(tmp_path: Path, posted: tuple[int, list[bytes]]) -> None:
    port, bodies = posted
    folder = tmp_path / "a friend's photos"
    folder.mkdir()
    (folder / "one photo.jpg").write_bytes(b"a photo")
    _, curl, collect = first_request(Ports(url=port), folder / "one photo.jpg", tmp_path).split("\n")
    subprocess.run(["bash", "-c", curl], check=True, timeout=30)
    (body,) = bodies
    assert json.loads(body) == {"content": base64.b64encode(b"a photo").decode(), "request_id": "try-1"}
    assert collect.endswith(" collect try-1")


def test_the_collect_line_names_other_ports_than_the_usual(tmp_path: Path) -> None:
    line = first_request(Ports(sqs=15324, api=15001), tmp_path / "x.jpg", tmp_path).split("\n")[2]
    assert line.endswith("collect try-1 --sqs http://127.0.0.1:15324 --api http://127.0.0.1:15001")


def test_the_collect_line_is_written_as_the_user_calls_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [str(tmp_path / "check out/.venv/bin/facepipe")])
    inside = first_request(Ports(), tmp_path / "x.jpg", tmp_path / "check out").split("\n")[2]
    outside = first_request(Ports(), tmp_path / "x.jpg", tmp_path / "elsewhere").split("\n")[2]
    assert inside == ".venv/bin/facepipe collect try-1"
    assert outside == f"'{tmp_path}/check out/.venv/bin/facepipe' collect try-1"
