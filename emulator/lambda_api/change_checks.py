"""What every operation that changes a function checks first: its revision, and that no change is in progress."""

from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.descriptions import Descriptions
from emulator.lambda_api.requests import ApiRequest
from emulator.resources import Function

NOT_NOW = "The operation cannot be performed at this time."
STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve the latest Revision Id"
)
OF_FUNCTION, OF_POLICY = "GetFunction/GetAlias", "GetPolicy"  #: which operations say what the latest revision is


def check_revision(request: ApiRequest, latest: str, where: str) -> None:
    """Refuse a change of another revision than the latest, if the request names one."""
    revision = request.text("RevisionId")
    if revision and revision != latest:
        raise ApiError(412, "PreconditionFailedException", STALE.format(where))


def check_is_settled(function: Function, descriptions: Descriptions) -> None:
    """Refuse a change while the one before is in progress, as AWS does: scripts wait for it."""
    if not descriptions.progress.is_pending(function.name):
        return
    if function.source.revision:
        arn = descriptions.directory.arn(function.name)
        message = f"{NOT_NOW} An update is in progress for resource: {arn}"
    else:
        message = f"{NOT_NOW} The function is currently in the following state: Pending"
    raise ApiError(409, "ResourceConflictException", message)
