"""The one error that an operation of the embedded queue raises."""

#: codes that belong to no exception shape of botocore's SQS model
INVALID_PARAMETER_VALUE = "InvalidParameterValue"
MISSING_PARAMETER = "MissingParameter"
INTERNAL_ERROR = "InternalError"
UNAVAILABLE = "ServiceUnavailable"
OVER_LIMIT = "OverLimit"

#: the codes for which the server is at fault and the same call may succeed later
SERVER_FAULTS = (INTERNAL_ERROR, UNAVAILABLE)


class SqsError(Exception):
    """SQS refuses a call. `code` is the name of an exception in botocore's SQS model, or one of SQS's common codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def sender_fault(self) -> bool:
        """Whether the caller has to change the call."""
        return self.code not in SERVER_FAULTS


def invalid_value(parameter: str, value: object, reason: str) -> SqsError:
    """Return SQS's error about the value of a parameter."""
    return SqsError(INVALID_PARAMETER_VALUE, f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def invalid_parameters(reason: str) -> SqsError:
    """Return SQS's error about parameters that it does not name."""
    return SqsError(INVALID_PARAMETER_VALUE, f"One or more parameters are invalid. Reason: {reason}")
