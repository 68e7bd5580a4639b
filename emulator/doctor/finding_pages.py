"""The page `/findings`: what `facepipe doctor` finds, about the emulator that serves the page."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from emulator.doctor.examination import Examination, examine_here
from emulator.doctor.system import RunningResources, ask_queues
from emulator.journal.counters import Counters
from emulator.queues import Queues
from emulator.resources import Queue, Resources
from emulator.stack.stack import Stack
from emulator.template import Place

VALID_S = 1.0  #: pages that ask within this time after an examination get its findings


@dataclass(frozen=True, slots=True)
class ExaminedTemplate:
    """The template to examine."""

    path: Path
    place: Place
    parameters: Mapping[str, str]


@dataclass(slots=True)
class FindingPages:
    """Examines what runs now when a page asks. One examination runs at a time, in a thread of its own.

    An examination goes on when who asked for it leaves: a thread cannot be ended, and another would run beside it.
    """

    template: ExaminedTemplate
    stack: Stack
    queues: Queues
    counters: Counters
    _examining: asyncio.Task[Examination] | None = None
    _last: Examination | None = None
    _last_at: float = 0.0

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/findings", self.get_findings)

    async def get_findings(self, _request: web.Request) -> web.Response:
        """`GET /findings`: the findings, the most serious first, and what was examined."""
        return web.json_response(_described(await self._latest()))

    async def _latest(self) -> Examination:
        """Return an examination that has just ended, or else the end of the one that runs now."""
        if self._last is not None and time.monotonic() - self._last_at <= VALID_S:
            return self._last
        if self._examining is None:
            self._examining = asyncio.ensure_future(self._examine())
            self._examining.add_done_callback(self._examined)
        return await asyncio.shield(self._examining)

    def _examined(self, examining: asyncio.Task[Examination]) -> None:
        self._examining = None
        if not examining.cancelled() and examining.exception() is None:
            self._last, self._last_at = examining.result(), time.monotonic()

    async def _examine(self) -> Examination:
        template, running = self.template, await self._running()
        return await asyncio.to_thread(examine_here, template.path, template.place, template.parameters, running)

    async def _running(self) -> RunningResources:
        """Return the resources as they are now, with what has happened to them so far."""
        stack = self.stack
        mappings = tuple(live.mapping for live in stack.mappings.values())
        others = sorted({mapping.queue for mapping in mappings} - set(stack.queues))
        wanted = [*stack.queues.values()] + [Queue("", name, {}) for name in others]
        queues, depths = await ask_queues(self.queues, wanted)
        urls = tuple(live.url for live in stack.urls.values())
        return RunningResources(
            Resources(queues, tuple(stack.functions.values()), urls, mappings),
            depths,
            largest_bytes=dict(self.counters.largest_bytes),
            peaks_mb=dict(self.counters.peaks_mb),
            ignored_statuses=dict(self.counters.ignored_statuses),
        )


def _described(examination: Examination) -> dict[str, Any]:
    findings = [{**asdict(finding), "level": finding.level.value} for finding in examination.findings]
    return {"findings": findings, "looked_at": list(examination.looked_at)}
