"""Learns from Docker's events which containers have ended."""

import asyncio
import contextlib
import logging
import threading
import time
from typing import Any

from docker.errors import DockerException

from emulator.containers.run_labels import RUN

log = logging.getLogger(__name__)

PAUSE_S = 1.0
ENGINE_GONE = -1  #: instead of an exit code, when Docker itself has ended


class Endings:
    """The exit codes of one run's containers; a thread waits for Docker's events."""

    def __init__(self, client: Any, run: str) -> None:
        self._client = client
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._codes: dict[str, asyncio.Future[int]] = {}
        self._events: Any = None
        self._closed = False
        self._thread = threading.Thread(target=self._follow, name="docker events", daemon=True)

    def start(self) -> None:
        """Listen to events from now on."""
        self._events = self._listen()
        self._thread.start()

    async def of(self, container: str) -> int:
        """Wait until a container has ended; return its exit code."""
        try:
            return await self._code(container)
        finally:
            self._codes.pop(container, None)

    def close(self) -> None:
        """Stop listening."""
        self._closed = True
        with contextlib.suppress(OSError, AttributeError, ValueError):  # it may be closed already
            self._events.close()

    def _code(self, container: str) -> asyncio.Future[int]:
        return self._codes.setdefault(container, self._loop.create_future())

    def _listen(self) -> Any:
        filters = {"type": "container", "event": "die", "label": f"{RUN}={self._run}"}
        return self._client.events(decode=True, filters=filters, since=int(time.time()))

    def _follow(self) -> None:
        while not self._closed:
            try:
                if self._events is None:
                    self._events = self._listen()
                for event in self._events:
                    code = int(event["Actor"]["Attributes"].get("exitCode", ENGINE_GONE))
                    self._report(self._ended, str(event["Actor"]["ID"]), code)
            except (DockerException, OSError, ValueError, AttributeError) as error:
                if not self._closed:
                    log.warning("Docker's events cannot be read (%s); it is tried again", error)
            if not self._closed:
                self._events = None
                self._report(self._engine_ended)
                time.sleep(PAUSE_S)

    def _report(self, report: Any, *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop has ended
            self._loop.call_soon_threadsafe(report, *values)

    def _ended(self, container: str, code: int) -> None:
        future = self._code(container)
        if not future.done():
            future.set_result(code)

    def _engine_ended(self) -> None:
        for container in list(self._codes):
            self._ended(container, ENGINE_GONE)
