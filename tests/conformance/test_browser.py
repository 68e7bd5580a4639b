"""What a real browser lets a page do to the emulator: a stranger's page, and one of this machine."""

import html
import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import Tiny

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not BROWSER, reason="no Chromium here: apt-get install chromium")

#: `tell` writes what the page has learnt; it is what the test gets
PAGE = """<!doctype html><body><pre id=out></pre><script>
const told = {}; const attempts = [];
const attempt = (name, work) => attempts.push(work().then(v => told[name] = v, e => told[name] = e.name));
const later = ms => new Promise(done => setTimeout(done, ms));
%s
Promise.all(attempts).then(() => later(500)).then(() => document.getElementById("out").textContent = JSON.stringify(told));
</script></body>"""


@pytest.fixture
def pages() -> Iterator[tuple[int, dict[str, str]]]:
    """A web server on a port of its own, and its pages by path."""
    found: dict[str, str] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = found.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], found
        server.shutdown()
        thread.join()


def visit(url: str, profile: Path) -> str:
    """Open a page, and return it as it is when all its requests are over; two names of strangers lead here."""
    names = "MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1"
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
    command += [f"--host-resolver-rules={names}", "--virtual-time-budget=20000", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def told(page: str) -> dict[str, Any]:
    found = re.search(r'<pre id="out">(.*?)</pre>', page)
    assert found, page
    return json.loads(html.unescape(found[1]))


def test_a_strangers_page_reaches_nothing_in_a_real_browser(
    tiny: Tiny, pages: tuple[int, dict[str, str]], tmp_path: Path
) -> None:
    port, found = pages
    ports, taken = tiny.stack.ports, tmp_path / "taken"
    order = json.dumps({"do": "write", "path": str(taken)})
    invoke = f"http://127.0.0.1:{ports.api}/2015-03-31/functions/obey/invocations"
    message = "Action=SendMessage&Version=2012-11-05&QueueUrl=brief&MessageBody="
    found["/"] = (
        PAGE
        % f"""
      const simple = (url, body) => fetch(url, {{method: "POST", mode: "no-cors", body}}).then(r => r.type);
      attempt("url", () => simple("http://127.0.0.1:{ports.url}/", {json.dumps(order)}));
      attempt("localhost", () => simple("http://localhost:{ports.url}/", {json.dumps(order)}));
      attempt("invoke", () => simple("{invoke}", {json.dumps(json.dumps({"body": order}))}));
      attempt("functions", () => simple("{invoke.replace(str(ports.api), str(ports.functions))}", "{{}}"));
      attempt("sqs", () => simple("http://127.0.0.1:{ports.sqs}/", new URLSearchParams("{message}fetch")));
      attempt("beacon", async () => navigator.sendBeacon("http://127.0.0.1:{ports.sqs}/", new URLSearchParams("{message}beacon")));
      attempt("health", () => fetch("http://127.0.0.1:{ports.api}/health").then(r => r.text()));
      attempt("json", () => fetch("http://127.0.0.1:{ports.url}/", {{method: "POST", body: "{{}}",
        headers: {{"content-type": "application/json"}}}}).then(r => r.text()));
      attempt("image", () => new Promise(done => {{ const i = new Image(); i.onerror = () => done("error");
        i.onload = () => done("loaded"); i.src = "http://127.0.0.1:{ports.sqs}/?{message}image"; }}));
      attempt("form", async () => {{ const f = document.createElement("form"); f.method = "POST"; f.target = "frame";
        f.action = "http://127.0.0.1:{ports.sqs}/"; for (const [n, v] of new URLSearchParams("{message}form")) {{
        const i = document.createElement("input"); i.name = n; i.value = v; f.append(i); }}
        const frame = document.createElement("iframe"); frame.name = "frame"; document.body.append(frame, f); f.submit();
        await later(300); }});
    """
    )
    answers = told(visit(f"http://evil.example:{port}/", tmp_path / "profile"))
    assert (answers["health"], answers["json"], answers["image"]) == ("TypeError", "TypeError", "error")
    assert not taken.exists()
    assert tiny.depth("brief") == 0
    log = tiny.log()
    for where in ("POST / →", "GET /health →", "/invocations →", "GET / →"):
        assert where in log, "each attack has arrived, and was refused"
    assert log.count(f"pages of http://evil.example:{port} may not call this") >= 8


def test_a_rebound_page_gets_nothing_of_the_emulator_in_a_real_browser(tiny: Tiny, tmp_path: Path) -> None:
    page = visit(f"http://rebound.example:{tiny.stack.ports.api}/health", tmp_path / "profile")
    assert "functions" not in page
    assert "GET /health → 403: the Host header names rebound.example" in tiny.log()


def test_a_page_of_this_machine_calls_a_function_and_reads_its_answer_in_a_real_browser(
    tiny: Tiny, pages: tuple[int, dict[str, str]], tmp_path: Path
) -> None:
    port, found = pages
    found["/"] = (
        PAGE
        % f"""
      const json = {{method: "POST", headers: {{"content-type": "application/json", "x-own": "1"}}, body: '{{"do": "nothing"}}'}};
      attempt("json", () => fetch("http://127.0.0.1:{tiny.stack.ports.url}/", json).then(r => r.json()));
      attempt("plain", () => fetch("http://localhost:{tiny.stack.ports.url}/", {{...json, headers: {{}}}}).then(r => r.json()));
    """
    )
    answers = told(visit(f"http://localhost:{port}/", tmp_path / "profile"))
    assert answers["json"]["done"] == answers["plain"]["done"] == "nothing"
