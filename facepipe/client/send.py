"""Sends photos with several in flight, and waits for every accepted one's result."""

import base64
import queue
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx

from facepipe.client.collect import CollectedResult, Collector
from facepipe.client.photos import Frame

RETRIED = {429, 500, 502, 503, 504}
RETRY_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one photo."""

    request_id: str
    name: str
    faces: int | None = None  #: that detection counted; None when the photo was not accepted
    answer: CollectedResult | None = None
    problem: str = ""
    attempts: int = 1
    duplicates: int = 0  #: results beyond the first
    total_ms: float = 0.0  #: by our own clock, from the first try to the result
    note: str = ""

    @property
    def completed(self) -> bool:
        """Whether there is a result, and it came in time."""
        return self.answer is not None and not self.problem


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How to send."""

    url: str
    in_flight: int = 4
    timeout_s: float = 60.0  #: from a photo's acceptance to its result
    request_timeout_s: float = 60.0
    attempts: int = 20
    linger_s: float = 0.0  #: to look for duplicates after the last result
    auth: httpx.Auth | None = None  #: signs requests, where the URL wants it


class Sending:
    """One run: posts in threads, results in the thread that calls `run`."""

    def __init__(self, plan: SendOptions, collector: Collector, tell: Callable[[Row], None]) -> None:
        self._plan = plan
        self._collector = collector
        self._tell = tell
        self._rows: dict[str, Row] = {}
        self._deadlines: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._posted: queue.Queue[Row | None] = queue.Queue()
        self._slots = threading.Semaphore(plan.in_flight)
        self._stopping = threading.Event()

    def run(self, frames: Iterable[Frame]) -> list[Row]:
        """Send all frames and return their rows, in the order sent. Each is told once, when it is settled."""
        feeder = threading.Thread(target=self._feed, args=(iter(frames),), daemon=True)
        feeder.start()
        try:
            self._collect()
        finally:
            self._stopping.set()
            self._slots.release()
        return list(self._rows.values())

    def _feed(self, frames: Iterable[Frame]) -> None:
        """Post frames, a new one whenever an earlier one is settled."""
        problem: Exception | None = None
        # The pool is left first: its last posts need the client.
        with (
            httpx.Client(timeout=self._plan.request_timeout_s, auth=self._plan.auth) as http,
            ThreadPoolExecutor(self._plan.in_flight) as pool,
        ):
            try:
                for frame in frames:
                    self._slots.acquire()
                    if self._stopping.is_set():
                        break
                    row = Row(str(uuid.uuid4()), frame.name, note=frame.note)
                    self._started[row.request_id] = time.monotonic()
                    self._rows[row.request_id] = row
                    pool.submit(self._post, http, row, frame.content)
            except Exception as error:  # noqa: BLE001  # a source that breaks ends the run; the caller raises it
                problem = error
        self._problem = problem
        self._posted.put(None)

    def _post(self, http: httpx.Client, row: Row, content: bytes) -> None:
        message = {"content": base64.b64encode(content).decode(), "request_id": row.request_id, "filename": row.name}
        headers = {"x-amzn-trace-id": trace_header()}  # one for all attempts: a trace shows them together
        for attempt in range(1, self._plan.attempts + 1):
            try:
                response = http.post(self._plan.url, json=message, headers=headers)
                if response.status_code == 200:
                    self._posted.put(replace(row, faces=int(response.json()["faces"]), attempts=attempt))
                    return
                problem = f"{response.status_code}: {_error(response)}"
                if response.status_code not in RETRIED:
                    break
            except httpx.HTTPError as error:
                problem = f"no answer from {self._plan.url} ({error or type(error).__name__})"
            except (ValueError, KeyError, TypeError):
                problem = f"{self._plan.url} answers, but not as face-detection does"
                break
            if attempt < self._plan.attempts and self._stopping.wait(
                RETRY_PAUSES_S[min(attempt, len(RETRY_PAUSES_S)) - 1]
            ):
                break
        self._posted.put(replace(row, problem=problem, attempts=attempt))

    def _collect(self) -> None:
        feeding = True
        while feeding or self._deadlines:
            feeding = self._take_posted(block=not self._deadlines) and feeding
            if self._deadlines:
                self._settle_answers(wait_s=1)
                self._expire()
        if self._problem:
            raise self._problem
        end = time.monotonic() + self._plan.linger_s
        while time.monotonic() < end:
            self._settle_answers(wait_s=1)

    def _take_posted(self, *, block: bool) -> bool:
        """Note what was posted since the last look; return False at the end of all frames."""
        while True:
            try:
                row = self._posted.get(block=block)
            except queue.Empty:
                return True
            block = False
            if row is None:
                return False
            known = self._rows[row.request_id]
            row = replace(row, answer=known.answer, total_ms=known.total_ms, duplicates=known.duplicates)
            if row.answer:  # the POST's answer was lost on its way, the photo was not
                row = replace(row, problem="")
            self._rows[row.request_id] = row
            if row.problem or row.completed:
                self._finish(row)
            else:
                self._deadlines[row.request_id] = time.monotonic() + self._plan.timeout_s

    def _settle_answers(self, *, wait_s: int) -> None:
        for answer in self._collector.poll(self._rows, wait_s=wait_s):
            row = self._rows[answer.request_id]
            if row.answer or row.problem:  # a second result, or one for a photo that was given up
                self._rows[row.request_id] = replace(row, duplicates=row.duplicates + 1)
                continue
            total_ms = (time.monotonic() - self._started[row.request_id]) * 1000
            row = self._rows[row.request_id] = replace(row, answer=answer, total_ms=total_ms)
            if row.request_id in self._deadlines:  # else its POST is still being answered
                self._finish(row)

    def _expire(self) -> None:
        now = time.monotonic()
        for request_id in [i for i, deadline in self._deadlines.items() if deadline < now]:
            problem = f"accepted, but no result within {self._plan.timeout_s:g} s"
            row = self._rows[request_id] = replace(self._rows[request_id], problem=problem)
            self._finish(row)

    def _finish(self, row: Row) -> None:
        self._deadlines.pop(row.request_id, None)
        self._slots.release()
        self._tell(row)

    _problem: Exception | None = None


def trace_header() -> str:
    """Return a new X-Ray trace header, as whoever stands at a request's beginning may set it."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def _error(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return response.text[:200]
