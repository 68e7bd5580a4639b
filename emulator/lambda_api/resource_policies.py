"""Whole resource policies through the API: PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy (FU-31)."""

from dataclasses import dataclass

from emulator.lambda_api.api_errors import invalid, not_found
from emulator.lambda_api.change_checks import OF_POLICY, check_revision
from emulator.lambda_api.names import Directory, NamedFunction
from emulator.lambda_api.operations import operation
from emulator.lambda_api.permissions import NO_POLICY, REVISION
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import Permission
from emulator.resources.policy_document import PolicyError, read_policy, write_policy
from emulator.stack.stack import Stack

RESOURCE = "ResourceArn"


@dataclass(frozen=True, slots=True)
class ResourcePolicyApi:
    """Replaces whole policies, including the statements of AddPermission. URLs follow the change at once."""

    stack: Stack
    directory: Directory

    @operation(REVISION)
    async def put_resource_policy(self, request: ApiRequest) -> ApiResponse:
        """Replace all statements by those of a policy."""
        target = self._target(request)
        check_revision(request, self.stack.policy_revision(target.key), OF_POLICY)
        try:
            permissions = read_policy(request.text("Policy"), target.name, target.qualifier)
        except PolicyError as error:
            raise invalid(str(error)) from error
        self.stack.replace_policy(target.key, permissions)
        return self._described(target)

    @operation()
    async def get_resource_policy(self, request: ApiRequest) -> ApiResponse:
        """Return a policy."""
        target = self._target(request)
        if not self._statements(target):
            raise not_found(NO_POLICY)
        return self._described(target)

    @operation(REVISION)
    async def delete_resource_policy(self, request: ApiRequest) -> ApiResponse:
        """Remove all statements."""
        target = self._target(request)
        if not self._statements(target):
            raise not_found(NO_POLICY)
        check_revision(request, self.stack.policy_revision(target.key), OF_POLICY)
        self.stack.replace_policy(target.key, ())
        return ApiResponse()

    def _target(self, request: ApiRequest) -> NamedFunction:
        return self.directory.target(request.text(RESOURCE))

    def _statements(self, target: NamedFunction) -> list[Permission]:
        return [each for each in self.stack.permissions.values() if each.resource == target.key]

    def _described(self, target: NamedFunction) -> ApiResponse:
        arn = self.directory.arns.function(target.name, target.qualifier)
        policy = write_policy(self._statements(target), arn)
        return ApiResponse({"Policy": policy, REVISION: self.stack.policy_revision(target.key)})
