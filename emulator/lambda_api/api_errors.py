"""The API's errors, with AWS's types and messages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.aws.error_types import NOT_IMPLEMENTED, VALIDATION
from emulator.properties import NotBuiltError, RefusalError, TemplateError

INVALID = "InvalidParameterValueException"
#: the errors of the service model: whether the key of their message begins with a capital letter. Others have both keys
SPELLED_WITH_CAPITAL = {
    "CodeSigningConfigNotFoundException": True,
    "NoPublishedVersionException": True,
    "PublicPolicyException": True,
    "ResourceInUseException": True,
    "ResourceNotFoundException": True,
    "ServiceException": True,
    INVALID: False,
    "InvalidRequestContentException": False,
    "ModeNotSupportedException": False,
    "PolicyLengthExceededException": False,
    "PreconditionFailedException": False,
    "ProvisionedConcurrencyConfigNotFoundException": False,
    "RequestTooLargeException": False,
    "ResourceConflictException": False,
    "SerializedRequestEntityTooLargeException": False,
    "TooManyRequestsException": False,
    "UnsupportedMediaTypeException": False,
}


@dataclass(slots=True)
class ApiError(Exception):
    """A refused request; boto3 raises it as the exception named by `kind`."""

    status: int
    kind: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    why: str = ""  #: for the log: cause and cure, if AWS's message does not have them

    @property
    def body(self) -> bytes:
        """Return the JSON body, whose members depend on the error (LA-08, recorded on AWS)."""
        if self.kind == "ValidationException":
            return json.dumps({"message": self.message}).encode()
        who = "User" if self.status < 500 else "Service"
        capital = SPELLED_WITH_CAPITAL.get(self.kind)
        keys = {True: ["Message"], False: ["message"], None: ["Message", "message"]}[capital]
        return json.dumps({"Type": who, **dict.fromkeys(keys, self.message), **self.fields}).encode()


def invalid(message: str) -> ApiError:
    """Return the error for an invalid parameter value."""
    return ApiError(400, INVALID, message)


def not_found(message: str) -> ApiError:
    """Return the error for a resource that does not exist."""
    return ApiError(404, "ResourceNotFoundException", message)


def not_built(what: str) -> ApiError:
    """Return the error for an operation or parameter of AWS that the emulator does not have."""
    return ApiError(501, NOT_IMPLEMENTED, f"{what} is not emulated")


def refusal(error: TemplateError, operation: str) -> ApiError:
    """Return the error for a property that the resource reader refuses, with Lambda's message if it has one."""
    name = error.path.rpartition(".Properties")[2].strip(".")
    if isinstance(error, NotBuiltError):
        return not_built(f"{operation} with {name}")
    if isinstance(error, RefusalError):
        kind = "ValidationException" if error.lambda_message.startswith(VALIDATION) else INVALID
        return ApiError(400, kind, error.lambda_message, why=f"{name}: {error.problem}" if name else error.problem)
    return invalid(f"{name}: {error.problem}" if name else error.problem)
