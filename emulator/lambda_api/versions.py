"""Published versions through the API: PublishVersion, ListVersionsByFunction."""

from dataclasses import dataclass

from emulator.aws.identifiers import LATEST
from emulator.lambda_api.api_errors import invalid
from emulator.lambda_api.change_checks import OF_FUNCTION, check_is_settled, check_revision
from emulator.lambda_api.descriptions import Descriptions
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.publishing import Publishing
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class VersionApi:
    """Publishes and lists the versions of the stack's functions."""

    directory: Directory
    descriptions: Descriptions
    publishing: Publishing

    @operation("CodeSha256", "Description", "RevisionId")
    async def publish_version(self, request: ApiRequest) -> ApiResponse:
        """Publish a function as it is now. If nothing has changed since its latest version, describe that version."""
        self.publishing.check(request.operation)
        function = self.directory.find_unqualified(request.function_name)
        check_revision(request, self.descriptions.functions.revision(function.name), OF_FUNCTION)
        check_is_settled(function, self.descriptions)
        _check_code(request, function)
        version = await self.publishing.publish(function.name, request.text("Description"))
        return ApiResponse(self.descriptions.whole(version, version.version))

    @operation("Marker", "MaxItems")
    async def list_versions_by_function(self, request: ApiRequest) -> ApiResponse:
        """Describe a function as it is now, and its published versions from the first; each with its ARN."""
        function = self.directory.find(request.function_name)
        versions = [function, *self.directory.versions.of(function.name)]
        described = [self.descriptions.listed(version, version.version) for version in versions]
        return ApiResponse(page("Versions", described, request))


def _check_code(request: ApiRequest, function: Function) -> None:
    """Refuse to publish if the code is not the code that the request names."""
    wanted, sha256 = request.text("CodeSha256"), function.source.sha256
    if wanted and wanted != sha256:
        words = f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in {LATEST} ({sha256})."
        raise invalid(f"{words} Please try again with the CodeSHA256 in {LATEST}.")
