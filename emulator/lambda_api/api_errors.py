"""The API's errors, spelled as AWS spells them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.aws.error_types import NOT_IMPLEMENTED, VALIDATION
from emulator.properties import NotBuiltError, RefusalError, TemplateError

INVALID = "InvalidParameterValueException"


@dataclass(slots=True)
class ApiError(Exception):
    """A request that is refused; boto3 raises it under the name in `kind`."""

    status: int
    kind: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    why: str = ""  #: for the log: the cause and its cure, where AWS's message leaves them out

    @property
    def body(self) -> bytes:
        """Return the JSON body; AWS writes the message with either capital."""
        who = "User" if self.status < 500 else "Service"
        content = {"Type": who, "Message": self.message, "message": self.message, **self.fields}
        return json.dumps(content).encode()


def invalid(message: str) -> ApiError:
    """Return the error for a parameter that is not taken."""
    return ApiError(400, INVALID, message)


def not_found(message: str) -> ApiError:
    """Return the error for something that does not exist."""
    return ApiError(404, "ResourceNotFoundException", message)


def not_built(what: str) -> ApiError:
    """Return the error for what AWS has and this emulator has not: it says so by name."""
    return ApiError(501, NOT_IMPLEMENTED, f"{what} is not built in this emulator")


def refusal(error: TemplateError, operation: str) -> ApiError:
    """Return the error for what the template's reader refuses in a request: Lambda's own words where it has some."""
    name = error.path.rpartition(".Properties")[2].strip(".")
    if isinstance(error, NotBuiltError):
        return not_built(f"{operation} with {name}")
    if isinstance(error, RefusalError):
        kind = "ValidationException" if error.words.startswith(VALIDATION) else INVALID
        return ApiError(400, kind, error.words, why=f"{name}: {error.problem}" if name else error.problem)
    return invalid(f"{name}: {error.problem}" if name else error.problem)
