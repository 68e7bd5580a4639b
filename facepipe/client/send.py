"""Sends photos with several in flight, and waits for every accepted one's result."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from facepipe.client.attached_debuggers import is_debugging
from facepipe.client.collect import ResultSource
from facepipe.client.endpoints import EndpointError
from facepipe.client.fates import Fates, UnknownFates
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame
from facepipe.client.posts import Failure, Posts

FIRST_LOOK_S = 2.0  #: after this time without a result it is asked why
LOOKS = 10  #: of these questions, after each long poll
STEP_S = 0.2  #: after so long a wait it is looked whether the run was stopped
FEEDER_S = 1.0  #: that a camera may take to end


class Sending:
    """One run: posts in threads, results in the thread that calls `run`."""

    def __init__(
        self,
        plan: SendOptions,
        collector: ResultSource,
        tell: Callable[[Row], None],
        *,
        fates: Fates | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._plan = plan
        self._collector = collector
        self._tell = tell
        self._fates = fates or UnknownFates()
        self._notice = notice  #: called with the reason for which a photo is sent again, once for each reason
        self._noticed: set[str] = set()
        self._deadlines: dict[str, float] = {}
        self._stopping = threading.Event()
        self._posts = Posts(plan, self._fates, self._stopping)
        self._rows = self._posts.rows

    @property
    def rows(self) -> list[Row]:
        """What became of all photos so far, in the order sent."""
        return list(self._rows.values())

    def stop(self) -> None:
        """End the run within a second or so; photos under way keep neither a result nor a problem."""
        self._stopping.set()

    def run(self, frames: Iterable[Frame]) -> list[Row]:
        """Send all frames and return their rows, in the order sent. Each is reported once, when it is settled."""
        feeder = threading.Thread(target=self._posts.feed, args=(iter(frames),), daemon=True)
        feeder.start()
        try:
            self._collect()
        finally:
            self._stopping.set()
            self._posts.slots.release()
            feeder.join(FEEDER_S)
        return self.rows

    def _collect(self) -> None:
        feeding = True
        while (feeding or self._deadlines) and not self._stopping.is_set():
            feeding = self._take_posted(block=not self._deadlines) and feeding
            if self._deadlines:
                self._settle_answers(wait_s=1)
                self._expire()
                self._ask_for_fates()
        if self._stopping.is_set():
            self._take_posted(block=False)
        if self._posts.problem:
            raise self._posts.problem
        end = time.monotonic() + self._plan.linger_s
        while time.monotonic() < end and not self._stopping.is_set():
            self._settle_answers(wait_s=1)

    def _take_posted(self, *, block: bool) -> bool:
        """Note what was posted since the last look; return False at the end of all frames."""
        while True:
            try:
                posted = self._posts.outcomes.get(block=block, timeout=STEP_S)
            except queue.Empty:
                return True
            block = False
            if posted is None:
                return False
            if isinstance(posted, Failure):
                self._explain(posted)
            else:
                self._note(posted)

    def _explain(self, failure: Failure) -> None:
        """Say why a photo is sent again; where no photo can get to, the run ends."""
        reply, row = failure.reply, failure.row
        if self._posts.is_hopeless(reply):
            raise EndpointError(reply.problem)
        if reply.problem not in self._noticed:
            self._noticed.add(reply.problem)
            self._notice(f"{row.name}: {reply.problem}; it is sent again")

    def _note(self, row: Row) -> None:
        known = self._rows[row.request_id]
        row = replace(row, answer=known.answer, total_ms=known.total_ms, duplicates=known.duplicates)
        if row.answer:  # the POST's answer was lost on its way, the photo was not
            row = replace(row, problem="")
        self._rows[row.request_id] = row
        if row.settled:
            self._finish(row)
        else:
            self._deadlines[row.request_id] = time.monotonic() + self._plan.timeout_s

    def _settle_answers(self, *, wait_s: int) -> None:
        for answer in self._collector.poll(self._rows, wait_s=wait_s):
            row = self._rows[answer.request_id]
            if row.settled:  # a second result, or one for a photo that was given up
                self._rows[row.request_id] = replace(row, duplicates=row.duplicates + 1)
                continue
            total_ms = (time.monotonic() - self._posts.started[row.request_id]) * 1000
            row = self._rows[row.request_id] = replace(row, answer=answer, total_ms=total_ms)
            if row.request_id in self._deadlines:  # else its POST is still being answered
                self._finish(row)

    def _expire(self) -> None:
        """Give up the photos whose time is over: the only place where a wait ends without a result or a reason.

        While a debugger is attached to a function, their time begins anew.
        """
        now = time.monotonic()
        expired = [request_id for request_id, deadline in self._deadlines.items() if deadline < now]
        if expired and is_debugging(self._fates.debuggers()):
            self._deadlines.update(dict.fromkeys(expired, now + self._plan.timeout_s))
            return
        for request_id in expired:
            words = self._fates.look(self._rows[request_id].trace_id, 0.0).words
            problem = f"accepted, but no result within {self._plan.timeout_s:g} s{words and f': {words}'}"
            self._give_up(request_id, problem)

    def _ask_for_fates(self) -> None:
        """Give up photos whose result cannot come. The next ones are asked for after the next poll, in turn."""
        now = time.monotonic()
        first = now + self._plan.timeout_s - FIRST_LOOK_S
        for request_id in [i for i, deadline in self._deadlines.items() if deadline < first][:LOOKS]:
            deadline = self._deadlines.pop(request_id)
            self._deadlines[request_id] = deadline  # behind those that were not asked for yet
            fate = self._fates.look(self._rows[request_id].trace_id, deadline - now)
            if fate.is_final:
                self._give_up(request_id, f"accepted, but {fate.end_of_wait}")

    def _give_up(self, request_id: str, problem: str) -> None:
        row = self._rows[request_id] = replace(self._rows[request_id], problem=problem)
        self._finish(row)

    def _finish(self, row: Row) -> None:
        self._deadlines.pop(row.request_id, None)
        self._posts.slots.release()
        self._tell(row)
