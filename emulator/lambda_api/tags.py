"""Tags of functions and event source mappings through the API: TagResource, UntagResource, ListTags (LA-09)."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.aws.arns import read_function, read_mapping
from emulator.aws.limits import TAGS
from emulator.lambda_api.api_errors import invalid, not_built, not_found
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.stack.stack import Stack

FUNCTIONS_ONLY = "Tags on function aliases and versions are not supported. Please specify a function ARN."


@dataclass(frozen=True, slots=True)
class TagApi:
    """Describes and changes the tags that the stack keeps."""

    stack: Stack
    directory: Directory

    @operation()
    async def tag_resource(self, request: ApiRequest) -> ApiResponse:
        """Add tags, or change their values."""
        key, tags = self._tagged(request), request.parameters["Tags"]
        if not tags:
            raise invalid("An error occurred and the request cannot be processed.")
        check_tags({**self.stack.tags.get(key, {}), **tags})
        self.stack.put_tags(key, {**self.stack.tags.get(key, {}), **tags})
        return ApiResponse()

    @operation()
    async def untag_resource(self, request: ApiRequest) -> ApiResponse:
        """Remove tags. The name of a tag that does not exist is not an error."""
        key, gone = self._tagged(request), request.parameters["TagKeys"]
        left = {name: value for name, value in self.stack.tags.get(key, {}).items() if name not in gone}
        self.stack.put_tags(key, left)
        return ApiResponse()

    @operation()
    async def list_tags(self, request: ApiRequest) -> ApiResponse:
        """Return the tags of a function or mapping."""
        return ApiResponse({"Tags": dict(self.stack.tags.get(self._tagged(request), {}))})

    def _tagged(self, request: ApiRequest) -> str:
        """Return the key of the tagged resource: a function's name, or a mapping's UUID."""
        arn = request.text("Resource")
        if identifier := read_mapping(arn):
            if identifier not in self.stack.mappings:
                raise not_found(f"Event source mapping not found: {arn}")
            return identifier
        reference = read_function(arn)
        if reference is None:
            raise not_built(f"{request.operation} of {arn}")
        if reference.qualifier:
            raise invalid(FUNCTIONS_ONLY)
        return self.directory.find(arn).name


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse more tags than Lambda allows."""
    if len(tags) > TAGS:
        raise invalid("Number of tags exceeds resource tag limit.")
