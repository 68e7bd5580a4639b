"""Posts photos in threads, and sends again what AWS's own clients would send again."""

import base64
import itertools
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx

from facepipe.client.fates import Fates
from facepipe.client.http_clients import http_client
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame
from facepipe.client.posting import PostReply, PostVerdict, judge, judge_error, never_answered

FIRST_TRIES = 5  #: in which something must have answered, or the address is taken for a wrong one
RETRY_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo was not accepted this time; it is sent again unless this ends the run."""

    row: Row
    reply: PostReply


@dataclass(slots=True)
class Posts:
    """The posts of one run: whatever comes of them is put into `outcomes`, and None after the last one."""

    plan: SendOptions
    fates: Fates
    stopping: threading.Event
    slots: threading.Semaphore = field(init=False)  #: how many photos more may be under way
    outcomes: "queue.Queue[Row | Failure | None]" = field(default_factory=queue.Queue)
    rows: dict[str, Row] = field(default_factory=dict)  #: of all photos begun, as they were then
    started: dict[str, float] = field(default_factory=dict)  #: by a clock that only moves on
    problem: Exception | None = None  #: with which the source of the photos has ended
    _reached: bool = False  #: something at the URL has taken, or refused, a photo of this run

    def __post_init__(self) -> None:
        """Make the slots."""
        self.slots = threading.Semaphore(self.plan.in_flight)

    def feed(self, frames: Iterator[Frame]) -> None:
        """Post frames, a new one whenever an earlier one is settled."""
        posts: list[threading.Thread] = []
        answer_s = None if self.fates.debuggers() else self.plan.request_timeout_s  # a function may stand for hours
        timeout = httpx.Timeout(self.plan.request_timeout_s, read=answer_s)
        with http_client(self.plan.url, timeout=timeout, auth=self.plan.auth) as http:
            try:
                for frame in frames:
                    self.slots.acquire()
                    if self.stopping.is_set():
                        break
                    posts = [*itertools.filterfalse(_has_ended, posts), self._begin(http, frame)]
            except Exception as error:  # noqa: BLE001  # a source that breaks ends the run; the caller raises it
                self.problem = error
            for post in posts:
                post.join()
        self.outcomes.put(None)

    def _begin(self, http: httpx.Client, frame: Frame) -> threading.Thread:
        """Post a frame in a thread of its own, which the end of the program does not wait for."""
        row = Row(
            secrets.token_hex(8), frame.name, started_ms=time.time() * 1000, note=frame.note, trace_id=new_trace_id()
        )
        self.started[row.request_id] = time.monotonic()
        self.rows[row.request_id] = row
        post = threading.Thread(target=self._post, args=(http, row, frame.content), daemon=True)
        post.start()
        return post

    def _post(self, http: httpx.Client, row: Row, content: bytes) -> None:
        message = {"content": base64.b64encode(content).decode(), "request_id": row.request_id, "filename": row.name}
        reply = PostReply(PostVerdict.AGAIN)
        for attempt in range(1, self.plan.attempts + 1):
            reply = self._try(http, message, row.trace_id)
            if attempt == FIRST_TRIES and not (reply.was_answered or self._reached):
                reply = never_answered(reply, self.plan.url, attempt)
            row = replace(row, attempts=attempt)
            if reply.verdict is PostVerdict.ACCEPTED:
                self.outcomes.put(replace(row, faces=reply.faces, accepted=True))
                return
            if attempt == self.plan.attempts or not self._is_sent_again(reply):
                break
            self.outcomes.put(Failure(row, reply))
            if self.stopping.wait(RETRY_PAUSES_S[min(attempt, len(RETRY_PAUSES_S)) - 1]):
                return
        if self.is_hopeless(reply):
            self.outcomes.put(Failure(row, reply))
        else:
            why = self.fates.failure(row.trace_id) if reply.verdict is PostVerdict.FAILED else ""
            self.outcomes.put(replace(row, problem=f"{reply.problem.split(':')[0]}: {why}" if why else reply.problem))

    def _try(self, http: httpx.Client, message: dict[str, str], trace_id: str) -> PostReply:
        """Post once. All attempts of a photo have one trace header: a trace shows them together."""
        try:
            reply = judge(http.post(self.plan.url, json=message, headers={"x-amzn-trace-id": f"Root={trace_id}"}))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return judge_error(error, self.plan.url, was_reached=self._reached)
        self._reached = self._reached or reply.verdict is not PostVerdict.NOBODY
        return reply

    def is_hopeless(self, reply: PostReply) -> bool:
        """Tell whether an outcome ends the run, because no photo of it can be accepted."""
        return reply.verdict is PostVerdict.NOBODY and not self.plan.persistent and not self._reached

    def _is_sent_again(self, reply: PostReply) -> bool:
        if self.plan.persistent:
            return reply.verdict is not PostVerdict.REFUSED
        return reply.verdict is PostVerdict.AGAIN


def new_trace_id() -> str:
    """Return a new X-Ray trace id, as whoever stands at a request's beginning may set it."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def _has_ended(post: threading.Thread) -> bool:
    return not post.is_alive()
