"""A running pipeline as a test of somebody's application sees it: what goes in, what comes out, and what happened."""

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from facepipe.client.api import ask, collector_of
from facepipe.client.collect import CollectedResult
from facepipe.client.discovery import Given, find_pipeline
from facepipe.client.endpoints import EndpointError, Endpoints, sqs_client
from facepipe.client.fates import Fates, fates_of
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame, PhotoSourceError, photo
from facepipe.client.queues import QueueState, list_queues
from facepipe.client.send import Sending
from facepipe.client.signing import signature
from facepipe.function_calls import FunctionCalls, FunctionFailedError
from facepipe.queue_messages import QueueMessages
from facepipe.started_pipeline import Galleries, StartedPipeline
from facepipe.up_process import PipelineError

__all__ = ["EndpointError", "FunctionFailedError", "Pipeline", "PipelineError"]

log = logging.getLogger(__name__)

__tracebackhide__ = True  #: pytest shows the line of the test that fails, not those of this module
LIMIT_S = 60.0
QUIET_S = 30.0  #: that functions may take to end their calls before a fresh start

Photo = str | Path | bytes  #: a photo's file, or its contents


@dataclass(frozen=True)
class Pipeline:
    """One running pipeline, on this machine or on AWS.

    Errors that a test can cause are `PipelineError`; `EndpointError` says that the pipeline does not answer.
    """

    endpoints: Endpoints
    started: StartedPipeline | None = field(default=None, kw_only=True)  #: None: it ran already

    def recognise(self, picture: Photo, *, timeout_s: float = LIMIT_S) -> str:
        """Send one photo and return its result, such as "Grace Hopper, unknown". Raises `PipelineError` without one."""
        return self._answered(picture, timeout_s).result

    def send(self, picture: Photo, *, timeout_s: float = LIMIT_S) -> Any:
        """Send one photo and return the whole message that answers it, as JSON: for a pipeline with results of its own.

        Raises `PipelineError` if none comes.
        """
        return json.loads(self._answered(picture, timeout_s).body)

    def send_one(self, picture: Photo, *, timeout_s: float = LIMIT_S) -> Row:
        """Send one photo and return all that is known of it: its `request_id`, `faces`, `answer` and `problem`."""
        frame = _frame(picture)
        plan = SendOptions(self._for_photos.url, timeout_s=timeout_s, auth=signature(self.endpoints))
        fates = fates_of(self._for_photos, sqs_client(self.endpoints))
        (row,) = self.send_all([frame], plan, fates=fates)
        return row

    def send_all(self, frames: Sequence[Frame], plan: SendOptions, *, fates: Fates | None = None) -> list[Row]:
        """Send frames and return their rows; results of other requests in the queue are a line of the log.

        `fates` knows of results that cannot come; without it, all are waited for until their time is over.
        """
        with collector_of(self._for_photos) as collector:
            rows = Sending(plan, collector, lambda _: None, fates=fates).run(frames)
        if collector.leftovers:
            log.warning("%s", collector.leftovers)
        return rows

    def invoke(self, function: str, payload: Any = None) -> Any:
        """Call a function and return its result, as JSON. Raises `FunctionFailedError` with its log if it fails."""
        return self._functions.invoke(function, payload)

    def url(self, function: str) -> str:
        """Return the address of a function's URL, for any HTTP client."""
        return self._functions.url(function)

    def send_message(self, queue: str, body: Any) -> str:
        """Send a message to a queue, a text or anything else as JSON; return its id."""
        return self._messages.send(queue, body)

    def receive_message(self, queue: str, *, timeout_s: float = LIMIT_S) -> Any:
        """Wait for a message of a queue, delete it and return its body: what its JSON says, or its text."""
        return self._messages.receive(queue, timeout_s)

    def enrol(self, people: str | Path) -> None:
        """Add people, each a folder of photos in this folder; the running pipeline knows them at once."""
        self._galleries("enrol").enrol(Path(people).absolute())

    def enrol_person(self, name: str, *photos: str | Path) -> None:
        """Add a person by photos of them; the running pipeline knows them at once."""
        galleries = self._galleries("enrol_person")
        with tempfile.TemporaryDirectory(prefix="facepipe-people-") as people:
            folder = Path(people) / name
            folder.mkdir()
            for number, path in enumerate(map(Path, photos)):
                shutil.copyfile(path, folder / f"{number}-{path.name}")
            galleries.enrol(Path(people))

    def fresh(self) -> Self:
        """Start anew: wait for the calls in flight, delete all messages, forget who was enrolled; return itself."""
        if self.started is None:
            raise PipelineError(
                "fresh() deletes all messages, and this pipeline was not started for the tests: unset FACEPIPE_URL"
                " and FACEPIPE_STACK, and the tests start one of their own"
            )
        if self.started.galleries:
            self.started.galleries.restore()
        deadline = time.monotonic() + QUIET_S
        while self._delete_messages() or self._calls_in_flight():
            if time.monotonic() > deadline:
                raise PipelineError(f"messages keep coming, or calls have not ended, after {QUIET_S:g} s")
            time.sleep(0.05)
        return self

    @property
    def queues(self) -> dict[str, QueueState]:
        """The queues by name, with what is in them now: `depth`, `visible`, `in_flight`, `delayed`, `oldest_s`."""
        return {state.name: state for state in list_queues(sqs_client(self.endpoints))}

    def logs(self, request_id: str = "") -> list[str]:
        """Return the lines that the functions printed, of one request or of all; local pipelines only."""
        return [str(line["text"]) for line in self._ask("/logs", request_id=request_id)["lines"]]

    def trace(self, request_id: str) -> dict[str, Any]:
        """Return where one request's time went, as `GET /trace/ID` has it; local pipelines only."""
        return self._ask(f"/trace/{request_id}")

    @cached_property
    def _for_photos(self) -> Endpoints:
        """Where photos go and where results come from; of another project it is found out, or an `EndpointError`."""
        if self.endpoints.url and self.endpoints.response_queue:
            return self.endpoints
        named = self.started
        url = self.url(named.function) if named and named.function else None
        queue = (named.response_queue if named else "") or None
        try:
            return find_pipeline(Given(url, self.endpoints.sqs, queue, self.endpoints.api))
        except EndpointError as error:
            raise PipelineError(f"{error} (in pytest's settings: facepipe_function, facepipe_response_queue)") from None

    @cached_property
    def _functions(self) -> FunctionCalls:
        return FunctionCalls(self.endpoints)

    @cached_property
    def _messages(self) -> QueueMessages:
        return QueueMessages(self.endpoints)

    def _galleries(self, method: str) -> Galleries:
        """Return the people of a pipeline that was started for the tests."""
        if self.started is None:
            raise PipelineError(
                f"{method}() changes who is known, and this pipeline was not started for the tests: unset FACEPIPE_URL"
                " and FACEPIPE_STACK, or enrol its people with `facepipe enrol`"
            )
        if self.started.galleries is None:
            raise PipelineError(f"{method}() is for facepipe's own face recognition, and another template is run")
        return self.started.galleries

    def _answered(self, picture: Photo, timeout_s: float) -> CollectedResult:
        row = self.send_one(picture, timeout_s=timeout_s)
        if row.answer is None:
            raise PipelineError(f"{row.name}: {row.problem}")
        return row.answer

    def _delete_messages(self) -> int:
        return sum(self._messages.delete_all(name) for name in self._ask("/health")["queues"])

    def _calls_in_flight(self) -> int:
        return sum(int(function["in_flight"]) for function in self._ask("/health")["functions"].values())

    def _ask(self, path: str, **query: str) -> dict[str, Any]:
        if not self.endpoints.api:
            raise PipelineError("there is no journal on AWS: look into CloudWatch Logs and X-Ray (docs/deploy.md)")
        try:
            return ask(self.endpoints.api, path, **query)
        except EndpointError as error:
            raise PipelineError(str(error)) from None


def _frame(picture: Photo) -> Frame:
    if isinstance(picture, bytes):
        return Frame("photo", picture)
    try:
        return photo(Path(picture))
    except PhotoSourceError as error:
        raise PipelineError(str(error)) from None
