"""The error that operations of the embedded queues raise."""

#: error codes without an exception shape in botocore's SQS model
INVALID_PARAMETER_VALUE = "InvalidParameterValue"
MISSING_PARAMETER = "MissingParameter"
INTERNAL_ERROR = "InternalError"
UNAVAILABLE = "ServiceUnavailable"
OVER_LIMIT = "OverLimit"

#: error codes of faults of the server: the same call may succeed later
SERVER_FAULTS = (INTERNAL_ERROR, UNAVAILABLE)


class SqsError(Exception):
    """SQS refuses a call. `code` is the name of an exception in botocore's SQS model or a common error code of SQS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def sender_fault(self) -> bool:
        """Whether the call itself is at fault, so that it cannot succeed unchanged."""
        return self.code not in SERVER_FAULTS


def invalid_value(parameter: str, value: object, reason: str) -> SqsError:
    """Return SQS's error for an invalid value of a named parameter."""
    return SqsError(INVALID_PARAMETER_VALUE, f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def invalid_parameters(reason: str) -> SqsError:
    """Return SQS's error for invalid parameters that it does not name."""
    return SqsError(INVALID_PARAMETER_VALUE, f"One or more parameters are invalid. Reason: {reason}")
