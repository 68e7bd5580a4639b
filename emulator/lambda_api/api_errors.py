"""The API's errors, with AWS's types and messages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.aws.error_types import NOT_IMPLEMENTED, VALIDATION
from emulator.properties import NotBuiltError, RefusalError, TemplateError

INVALID = "InvalidParameterValueException"


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
        """Return the JSON body; AWS has the message under both `message` and `Message`."""
        who = "User" if self.status < 500 else "Service"
        content = {"Type": who, "Message": self.message, "message": self.message, **self.fields}
        return json.dumps(content).encode()


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
