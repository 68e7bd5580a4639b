"""`facepipe up` as a process of its own: waiting until it is ready, and ending it."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import httpx

from facepipe.client.http_clients import http_client

START_S = 90.0
STOP_S = 45.0
LOOK_S = 0.05
OWN_WORDS = "facepipe: "  #: the beginning of a line in which the program says why it ends


class PipelineError(RuntimeError):
    """A pipeline did not start, or did not do what a test asked of it; the message says why."""


def wait_until_ready(process: subprocess.Popen[str], health: str, log: Path, *, prepare_s: float = START_S) -> None:
    """Wait until the page `health` says that all is well. Raises `PipelineError` with the process's last words.

    `prepare_s` is the time until it answers at all: before that, virtual environments may be made.
    """
    limit_s, answers, began = prepare_s, False, time.monotonic()
    with http_client(health, timeout=5) as http:
        while time.monotonic() - began < limit_s:
            if process.poll() is not None:
                raise PipelineError(last_words(log))
            with contextlib.suppress(httpx.HTTPError):
                if http.get(health).status_code == httpx.codes.OK:
                    return
                if not answers:
                    limit_s, answers, began = START_S, True, time.monotonic()
            time.sleep(LOOK_S)
    raise PipelineError(f"the pipeline is not ready after {limit_s:g} s; its log is {log}")


def last_words(log: Path) -> str:
    """Return why a process ended, as its log says it: from its last line that begins with the program's name."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if not lines:
        return f"the pipeline ended without a message; see {log}"
    begins = [number for number, line in enumerate(lines) if line.startswith(OWN_WORDS)]
    return "\n".join(lines[begins[-1] if begins else -1 :]).removeprefix(OWN_WORDS)


def stop(process: subprocess.Popen[str]) -> None:
    """End a process as Ctrl-C does, and wait for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
