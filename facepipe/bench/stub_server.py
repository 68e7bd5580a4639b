"""An HTTP server of this process that takes AWS's place while a function is measured."""

import contextlib
import hashlib
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as SendMessage or SendMessageBatch brought it."""

    body: str
    attributes: Mapping[str, Mapping[str, str]]  #: DataType and StringValue by name
    trace_header: str


class StubHandler(BaseHTTPRequestHandler):
    """Reads and answers requests on connections that stay open, and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def read_body(self) -> bytes:
        """Return the request's body."""
        return self.rfile.read(int(self.headers["content-length"]))

    def take_message(self, body: bytes, messages: list[SentMessage]) -> None:
        """Keep what SendMessage or SendMessageBatch brings in AWS JSON 1.0 with the others, and answer it."""
        request = json.loads(body)
        answer: Mapping[str, Any]
        if "Entries" in request:
            answer = {"Successful": [{"Id": one["Id"], **_kept(one, messages)} for one in request["Entries"]]}
        else:
            answer = _kept(request, messages)
        self.send_response(200)
        self.end("application/x-amz-json-1.0", json.dumps(answer).encode())

    def end(self, kind: str, content: bytes) -> None:
        """Write the rest of the response: headers for a body of this content type, and the body."""
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _kept(sent: Mapping[str, Any], messages: list[SentMessage]) -> Mapping[str, str]:
    trace_header = sent.get("MessageSystemAttributes", {}).get("AWSTraceHeader", {}).get("StringValue", "")
    message = SentMessage(sent["MessageBody"], sent.get("MessageAttributes", {}), trace_header)
    messages.append(message)
    digest = hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": f"{len(messages):032x}", "MD5OfMessageBody": digest}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *request: Any) -> None:
        """Report an error of this program; a function that was killed while it waited for an answer is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*request)


@contextlib.contextmanager
def stub_server(handler: type[StubHandler]) -> Iterator[str]:
    """Serve on a free port of this machine for as long as the block lasts; yield its address, host:port."""
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
