"""Lambda's error types and messages, in Lambda's spelling, where more than one part of the emulator uses them."""

THROTTLED = "TooManyRequestsException"
RATE_EXCEEDED = "Rate Exceeded."  #: the message of THROTTLED
#: the `Reason` of THROTTLED: above the function's reserved concurrency, or above what is left of the account's
RESERVED_CONCURRENCY_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"
CONCURRENCY_EXCEEDED = "ConcurrentInvocationLimitExceeded"
CALLER_RATE_EXCEEDED = "CallerRateLimitExceeded"  #: the `Reason` if a caller sends more than Lambda accepts
#: the message of a dead letter whose function has a reserved concurrency of 0, in AWS's spelling
ZERO_CONCURRENCY = "Function not invoked. Function isconfigured with zero reserved concurrent executions"
REQUEST_TOO_LARGE = "RequestTooLargeException"
NOT_IMPLEMENTED = "NotImplementedException"
FUNCTION_ERROR = "Unhandled"  #: the value of `X-Amz-Function-Error` and `functionError` after an invocation failed
#: `errorType` when the runtime process exits during an invocation, and when an invocation times out (RT-12)
EXIT_ERROR = "Runtime.ExitError"
CANNOT_START = "Runtime.InvalidEntrypoint"  #: `errorType` when the function's process cannot be started
TIMED_OUT = "Sandbox.Timedout"
TIMED_OUT_WORDS = "Task timed out after"  #: the beginning of Lambda's message about a timeout
OUT_OF_MEMORY = "Runtime.OutOfMemory"  #: in reports; the caller gets EXIT_ERROR (RT-10)
UNKNOWN_ERROR = "Runtime.Unknown"  #: in reports, for error types that are not Lambda's own
RESPONSE_SIZE_TOO_LARGE = "Function.ResponseSizeTooLarge"  #: `errorType` of a response over the limit (FU-22)
NO_FUNCTION = "Function does not exist"
OWN_DESTINATION = "You can't specify the function as a destination for itself."
#: the beginning of Lambda's message about a parameter value that its API model does not allow
VALIDATION = "1 validation error detected: "


def request_too_large(limit_bytes: int) -> str:
    """Return the message of REQUEST_TOO_LARGE (FU-26, RT-08)."""
    return f"Request must be smaller than {limit_bytes} bytes for the Invoke operation"


def response_too_large(limit_bytes: int) -> str:
    """Return the message of RESPONSE_SIZE_TOO_LARGE."""
    return f"Response payload size exceeded maximum allowed payload size ({limit_bytes} bytes)."


def task_timed_out(timeout_s: int) -> str:
    """Return Lambda's message about an invocation that timed out."""
    return f"{TIMED_OUT_WORDS} {timeout_s:.2f} seconds"


def out_of_range(value: int, member: str, *, low: int, high: int) -> str:
    """Return the message about a number outside its range; `member` is its path in the request, like `scaling.size`."""
    bound = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
    return f"{VALIDATION}Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {bound}"


def visibility_too_short(visibility_s: int, timeout_s: int) -> str:
    """Return the message about a queue whose visibility timeout is shorter than the function's timeout (ES-41)."""
    return f"Queue visibility timeout: {visibility_s} seconds is less than Function timeout: {timeout_s} seconds"
