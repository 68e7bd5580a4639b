"""SQS's errors as they are sent: their names in both protocols, their HTTP statuses, and who is at fault."""

import json
from dataclasses import dataclass

from emulator.queues.embedded.errors import INTERNAL_ERROR, INVALID_PARAMETER_VALUE, MISSING_PARAMETER, SqsError
from emulator.queues.wire.query_names import XML_NAMESPACE
from emulator.queues.wire.xml_values import escaped

SERIALIZATION = "SerializationException"
UNKNOWN_OPERATION = "UnknownOperationException"
INVALID_ACTION = "InvalidAction"
NO_SUCH_VERSION = "NoSuchVersion"
TOO_LARGE = "RequestEntityTooLarge"

_SQS_PREFIX, _COMMON_PREFIX = "com.amazonaws.sqs#", "com.amazon.coral.service#"
_PREFIX = "AWS.SimpleQueueService."  #: prefix of names in the query protocol
#: messages that differ in the query protocol
_QUERY_WORDS = {
    "The specified queue does not exist.": "The specified queue does not exist for this wsdl version.",
}


@dataclass(frozen=True, slots=True)
class Spelling:
    """The names and the status of one error."""

    type: str  #: `__type` of the JSON protocol
    query_code: str  #: its name in the query protocol, which the JSON protocol sends in a header
    status: int = 400

    @property
    def fault(self) -> str:
        """Who is at fault: Sender or Receiver."""
        return "Sender" if self.status < 500 else "Receiver"

    @property
    def header(self) -> str:
        """Return the value of x-amzn-query-error."""
        return f"{self.query_code};{self.fault}"


def _modelled(name: str, query_code: str = "", status: int = 400) -> Spelling:
    return Spelling(_SQS_PREFIX + name, query_code or name, status)


def _common(name: str, query_code: str = "", status: int = 400) -> Spelling:
    return Spelling(_COMMON_PREFIX + name, query_code or name, status)


_PREFIXED = (
    "BatchEntryIdsNotDistinct",
    "BatchRequestTooLong",
    "EmptyBatchRequest",
    "InvalidBatchEntryId",
    "MessageNotInflight",
    "QueueDeletedRecently",
    "TooManyEntriesInBatchRequest",
    "UnsupportedOperation",
)
#: an error's code in `SqsError` → its names and status. Statuses are those of botocore's model of the query protocol;
#: the status of ReceiptHandleIsInvalid is AWS's
SPELLINGS = {
    **{name: _modelled(name, _PREFIX + name) for name in _PREFIXED},
    "QueueDoesNotExist": _modelled("QueueDoesNotExist", _PREFIX + "NonExistentQueue"),
    "QueueNameExists": _modelled("QueueNameExists", "QueueAlreadyExists"),
    "PurgeQueueInProgress": _modelled("PurgeQueueInProgress", _PREFIX + "PurgeQueueInProgress", 403),
    "OverLimit": _modelled("OverLimit", status=403),
    "ReceiptHandleIsInvalid": _modelled("ReceiptHandleIsInvalid", status=404),
    "ResourceNotFoundException": _modelled("ResourceNotFoundException", status=404),
    INVALID_PARAMETER_VALUE: _common("InvalidParameterValueException", INVALID_PARAMETER_VALUE),
    MISSING_PARAMETER: _common("MissingRequiredParameterException", MISSING_PARAMETER),
    SERIALIZATION: _common(SERIALIZATION, "MalformedInput"),
    UNKNOWN_OPERATION: _common(UNKNOWN_OPERATION, status=404),
    INVALID_ACTION: _common("InvalidAction"),
    NO_SUCH_VERSION: _common(NO_SUCH_VERSION),
    TOO_LARGE: _common(TOO_LARGE, status=413),
    INTERNAL_ERROR: _common("InternalFailure", INTERNAL_ERROR, 500),
    "ServiceUnavailable": _common("ServiceUnavailableException", "ServiceUnavailable", 503),
}


def spelling_of(code: str) -> Spelling:
    """Return an error's names and status; an error without an entry is named by its code."""
    return SPELLINGS.get(code) or _modelled(code)


def missing(parameter: str) -> SqsError:
    """Return the error for a missing parameter."""
    return SqsError(MISSING_PARAMETER, f"The request must contain the parameter {parameter}.")


def json_error(error: SqsError) -> bytes:
    """Return an error's body in the JSON protocol."""
    return json.dumps({"__type": spelling_of(error.code).type, "message": error.message}).encode()


def xml_error(error: SqsError, request_id: str) -> bytes:
    """Return an error's body in the query protocol."""
    written = spelling_of(error.code)
    message = escaped(_QUERY_WORDS.get(error.message, error.message))
    inner = f"<Type>{written.fault}</Type><Code>{escaped(written.query_code)}</Code><Message>{message}</Message>"
    text = (
        f'<?xml version="1.0"?><ErrorResponse xmlns="{XML_NAMESPACE}"><Error>{inner}<Detail/></Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return text.encode("utf-8", "replace")
