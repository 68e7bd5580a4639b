"""The part of the Runtime API for functions with SnapStart: a runtime asks to be restored, and runs its hooks (RT-14).

On Lambda a snapshot is taken when the runtime asks, and each environment is restored from it. Here no snapshot is
taken: every environment is initialised separately, and then restored at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from emulator.supervisor.http1 import Request, Response
from emulator.supervisor.runtime_answers import accepted, error, refusal

RESTORE_S = 10.0  #: the time for the restoration, its hooks included
SNAP_START = "snap-start"


class Restoring:
    """The restoration of one runtime. `failed` is called with an error object."""

    def __init__(self, environment: Mapping[str, str], failed: Callable[[bytes], None]) -> None:
        self._wanted = environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == SNAP_START
        self._failed = failed
        self._limit: asyncio.TimerHandle | None = None

    def serve(self, what: tuple[str, str], request: Request) -> Response | None:
        """Answer a request, given by its method and the end of its path; None if it is no part of this API."""
        if not self._wanted or what not in (("GET", "/restore/next"), ("POST", "/restore/error")):
            return None
        if what[0] == "GET":
            return self._begin()
        self.end()
        self._failed(request.body or error("Runtime.Unknown", "a hook failed after the restoration"))
        return accepted()

    def end(self) -> None:
        """Note that the restoration is over."""
        if self._limit:
            self._limit.cancel()

    def _begin(self) -> Response:
        if self._limit:
            return refusal(403, "InvalidStateTransition", "the runtime has been restored already")
        late = error("Sandbox.Timedout", f"the hooks after the restoration took longer than {RESTORE_S:g} s")
        self._limit = asyncio.get_running_loop().call_later(RESTORE_S, self._failed, late)
        return Response(200, b"", {"Content-Type": "application/json"})
