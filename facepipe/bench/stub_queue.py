"""A queue that takes every message at once and keeps it: what a measured function sends to."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as SendMessage brought it."""

    body: str
    attributes: Mapping[str, Mapping[str, str]]  #: DataType and StringValue by name
    trace_header: str


@dataclass(frozen=True, slots=True)
class StubQueue:
    """An HTTP server of this process that answers SendMessage and nothing else."""

    endpoint: str
    messages: list[SentMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its queue URL."""
        return f"{self.endpoint}/000000000000/stub"

    def keep(self, request: Mapping[str, Any]) -> dict[str, str]:
        """Keep the message of a request; return the answer."""
        system = request.get("MessageSystemAttributes", {})
        trace_header = system.get("AWSTraceHeader", {}).get("StringValue", "")
        body = request["MessageBody"]
        self.messages.append(SentMessage(body, request.get("MessageAttributes", {}), trace_header))
        digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": f"{len(self.messages):032x}", "MD5OfMessageBody": digest}


@contextlib.contextmanager
def stub_queue() -> Iterator[StubQueue]:
    """Serve a queue on a free port of this machine for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave together

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            answer = json.dumps(queue.keep(json.loads(content))).encode()
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        queue = StubQueue(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield queue
        finally:
            server.shutdown()
            thread.join()
