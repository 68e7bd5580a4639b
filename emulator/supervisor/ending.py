"""The end of an environment with extensions, in Lambda's order and within its limits (RT-20)."""

from __future__ import annotations

import asyncio
import signal
import time

from emulator.supervisor.extension_processes import ExtensionProcesses
from emulator.supervisor.processes import Group

WITH_EXTERNAL_S = 2.0  #: in all, if there are external extensions
RUNTIME_S, RUNTIME_WITH_INTERNAL_S = 0.3, 0.5  #: of these for the runtime


async def end_in_order(runtime: Group | None, external: ExtensionProcesses, reason: str) -> None:
    """Let the runtime end, then the external extensions, within Lambda's time. The caller kills what still runs.

    `reason` is what Lambda says: spindown, timeout or failure.
    """
    runtime_s = RUNTIME_WITH_INTERNAL_S if external.has_internal else RUNTIME_S
    whole_s = WITH_EXTERNAL_S if external.has_external else runtime_s
    begun, deadline_ms = time.monotonic(), int((time.time() + whole_s) * 1000)
    if runtime and not runtime.has_ended():
        runtime.signal(signal.SIGTERM)
        await asyncio.wait({runtime.exited}, timeout=runtime_s)
    await external.end(reason, deadline_ms, whole_s - (time.monotonic() - begun))
