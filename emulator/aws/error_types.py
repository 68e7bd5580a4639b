"""Types and messages of errors, as Lambda spells them, that more than one part of the emulator answers with."""

THROTTLED = "TooManyRequestsException"
RATE_EXCEEDED = "Rate Exceeded."  #: the message that goes with THROTTLED
REQUEST_TOO_LARGE = "RequestTooLargeException"
NOT_IMPLEMENTED = "NotImplementedException"
FUNCTION_ERROR = "Unhandled"  #: `X-Amz-Function-Error` and `functionError` of an invocation that failed
#: `errorType` of an invocation whose runtime process ended, or whose time was over (RT-12)
EXIT_ERROR = "Runtime.ExitError"
TIMED_OUT = "Sandbox.Timedout"
TIMED_OUT_WORDS = "Task timed out after"  #: how Lambda begins what it writes about such an invocation
NO_FUNCTION = "Function does not exist"
#: how the messages begin of values that break the model of Lambda's API
VALIDATION = "1 validation error detected: "


def request_too_large(limit_bytes: int) -> str:
    """Return the message that goes with REQUEST_TOO_LARGE (FU-26, RT-08)."""
    return f"Request must be smaller than {limit_bytes} bytes for the Invoke operation"


def task_timed_out(timeout_s: int) -> str:
    """Return what Lambda writes about an invocation whose time was over."""
    return f"{TIMED_OUT_WORDS} {timeout_s:.2f} seconds"


def out_of_range(value: int, member: str, *, low: int, high: int) -> str:
    """Return the message about a number outside its range; `member` is its path in the request, as `scaling.size`."""
    bound = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
    return f"{VALIDATION}Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {bound}"


def visibility_too_short(visibility_s: int, timeout_s: int) -> str:
    """Return the message about a mapping whose queue gives a function less time than it may take (ES-41)."""
    return f"Queue visibility timeout: {visibility_s} seconds is less than Function timeout: {timeout_s} seconds"
