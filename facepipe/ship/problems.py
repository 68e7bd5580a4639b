"""What stops a push or a deployment, in one line with its cure."""

import contextlib
from collections.abc import Iterator

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)

CREDENTIALS = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (docs/deploy.md)"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
UNKNOWN_KEY = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


class ShipError(RuntimeError):
    """Nothing was pushed or deployed further; the message says why, and what to do."""


@contextlib.contextmanager
def in_one_line(doing: str) -> Iterator[None]:
    """Turn what botocore raises while `doing` something ("listing the stacks") into a `ShipError`."""
    try:
        yield
    except ClientError as error:
        raise ShipError(_refused(error, doing)) from error
    except (NoCredentialsError, PartialCredentialsError, TokenRetrievalError, ProfileNotFound) as error:
        raise ShipError(f"no credentials for AWS ({error}): {CREDENTIALS}") from error
    except EndpointConnectionError as error:
        raise ShipError(f"{doing}: AWS does not answer ({error}); is the region right, and the network up?") from error
    except BotoCoreError as error:
        raise ShipError(f"{doing}: {error}") from error


def _refused(error: ClientError, doing: str) -> str:
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = " ".join(str(error.response.get("Error", {}).get("Message", error)).split())
    if code in UNKNOWN_KEY:
        return f"AWS does not take these credentials ({code}: {message}): {CREDENTIALS}"
    if code in DENIED or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403:
        action = error.operation_name
        return f"{doing}: no permission for {action} ({message}); docs/deploy.md lists what a deployment may do"
    return f"{doing}: {code}: {message}"
