"""The answers and errors of Lambda's Runtime API."""

from __future__ import annotations

import json
import signal

from emulator.supervisor.http1 import Response

PAYLOAD_BYTES = 6_291_556  #: the most bytes of a response (FU-22)
MESSAGE_BYTES = 10_000  #: the most of an error that is sent for the log
TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_BYTES} bytes)."


def exit_error(request_id: str, code: int) -> bytes:
    """Return the error that Lambda reports for a runtime that ended by itself."""
    if code == 0:
        why = "Runtime exited without providing a reason"
    elif code < 0:
        name = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
        why = f"Runtime exited with error: signal: {name.get(signal.Signals(-code), signal.Signals(-code).name)}"
    else:
        why = f"Runtime exited with error: exit status {code}"
    return error("Runtime.ExitError", f"RequestId: {request_id} Error: {why}")


def error(kind: str, message: str) -> bytes:
    """Return an error object (RT-12)."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def too_slow(limit_s: float) -> bytes:
    """Return the error of an init phase that took too long."""
    return error("Sandbox.Timedout", f"the init phase took longer than {limit_s:g} s")


def accepted() -> Response:
    """Return the Runtime API's answer to a result that it has accepted."""
    return Response(202, b'{"status":"OK"}', {"Content-Type": "application/json"})


def refusal(status: int, kind: str, message: str) -> Response:
    """Return a refusal with the Runtime API's message."""
    return Response(status, error(kind, message), {"Content-Type": "application/json"})
