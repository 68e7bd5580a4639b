"""A running pipeline as a test of somebody's application sees it: photos in, names out, and what happened inside."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from facepipe.client.api import collector_of
from facepipe.client.endpoints import Endpoints, sqs_client
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame, photo
from facepipe.client.queues import QueueState, list_queues
from facepipe.client.send import Sending
from facepipe.client.signing import signature
from facepipe.local_pipeline import PipelineError

log = logging.getLogger(__name__)

LIMIT_S = 60.0


@dataclass(frozen=True)
class Pipeline:
    """One running pipeline, local or on AWS."""

    endpoints: Endpoints

    def recognise(self, picture: Path | bytes, *, timeout_s: float = LIMIT_S) -> str:
        """Send one photo and return its result, as in "Grace Hopper, unknown"; `PipelineError` when none comes."""
        row = self.send_one(picture, timeout_s=timeout_s)
        if row.answer is None:
            raise PipelineError(f"{row.name}: {row.problem}")
        return row.answer.result

    def send_one(self, picture: Path | bytes, *, timeout_s: float = LIMIT_S) -> Row:
        """Send one photo and return all that is known of it, such as its request id and its faces."""
        frame = photo(picture) if isinstance(picture, Path) else Frame("photo", picture)
        plan = SendOptions(self.endpoints.url, timeout_s=timeout_s, auth=signature(self.endpoints))
        (row,) = self.send_all([frame], plan)
        return row

    def send_all(self, frames: Sequence[Frame], plan: SendOptions) -> list[Row]:
        """Send frames and return their rows; results of other requests in the queue are a line of the log."""
        with collector_of(self.endpoints) as collector:
            rows = Sending(plan, collector, lambda _: None).run(frames)
        if collector.leftovers:
            log.warning("%s", collector.leftovers)
        return rows

    @property
    def queues(self) -> dict[str, QueueState]:
        """The queues by name, with what is in them now."""
        return {state.name: state for state in list_queues(sqs_client(self.endpoints))}

    def logs(self, request_id: str = "") -> list[str]:
        """Return the lines that the functions printed, of one request or of all; local pipelines only."""
        return [str(line["text"]) for line in self._ask("/logs", request_id=request_id)["lines"]]

    def trace(self, request_id: str) -> dict[str, Any]:
        """Return where one request's time went, as `GET /trace/ID` tells it; local pipelines only."""
        return self._ask(f"/trace/{request_id}")

    def _ask(self, path: str, **query: str) -> dict[str, Any]:
        if not self.endpoints.api:
            raise PipelineError("there is no journal on AWS: look into CloudWatch Logs and X-Ray (docs/deploy.md)")
        try:
            answer = httpx.get(self.endpoints.api + path, params={k: v for k, v in query.items() if v}, timeout=30)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise PipelineError(f"the pipeline's API does not answer {path}: {error}") from error
        result: dict[str, Any] = answer.json()
        return result
