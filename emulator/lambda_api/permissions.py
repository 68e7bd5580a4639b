"""The functions' resource policies through the API: AddPermission, RemovePermission, GetPolicy (FU-24, FU-30)."""

import json
from dataclasses import dataclass

from emulator.aws.arns import is_principal, read_function
from emulator.aws.identifiers import LATEST
from emulator.lambda_api.api_errors import ApiError, invalid, not_found, refusal
from emulator.lambda_api.change_checks import OF_POLICY, check_revision
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.properties import Properties, TemplateError
from emulator.resources import Permission
from emulator.resources.function import FUNCTION_NAME
from emulator.resources.permission import RESTRICTIONS, STATEMENT_ID, URL_ACTIONS, URL_AUTH_TYPE, VIA_URL
from emulator.stack import Stack

REVISION = "RevisionId"
NO_POLICY = "The resource you requested does not exist."


@dataclass(frozen=True, slots=True)
class PermissionApi:
    """Describes and changes the statements of functions' policies; URLs follow at once."""

    stack: Stack
    directory: Directory

    @operation("Qualifier", REVISION, URL_AUTH_TYPE, VIA_URL, *RESTRICTIONS)
    async def add_permission(self, request: ApiRequest) -> ApiResponse:
        """Add a statement."""
        if request.qualifier == LATEST:
            raise invalid(f"We currently do not support adding policies for {LATEST}.")
        name = self.directory.find(request.function_name, request.qualifier).name
        if not is_principal(request.text("Principal")):
            raise invalid("The provided principal was invalid. Please check the principal and try again.")
        if URL_AUTH_TYPE in request.parameters and request.text("Action") != URL_ACTIONS[0]:
            raise invalid(f"{URL_AUTH_TYPE} is only supported for {URL_ACTIONS[0]} action")
        permission = self._read(request, name)
        check_revision(request, self.stack.functions.revision(name), OF_POLICY)
        if permission.key in self.stack.permissions:
            message = f"The statement id ({permission.statement_id}) provided already exists."
            advice = "Please provide a new statement id, or remove the existing statement."
            raise ApiError(409, "ResourceConflictException", f"{message} {advice}")
        self.stack.put_permission(permission)
        return ApiResponse({"Statement": json.dumps(permission.describe(self.directory.arn(name)))})

    @operation("Qualifier", REVISION)
    async def remove_permission(self, request: ApiRequest) -> ApiResponse:
        """Remove a statement."""
        name = self._policy_of(request, "No policy found for: {arn}")
        statements = self._statements(name)
        if not statements:
            raise not_found("No policy is associated with the given resource.")
        permission = statements.get(request.text(STATEMENT_ID))
        if permission is None:
            raise not_found(f"Statement {request.text(STATEMENT_ID)} is not found in resource policy.")
        check_revision(request, self.stack.functions.revision(name), OF_POLICY)
        self.stack.remove_permission(permission)
        return ApiResponse()

    @operation("Qualifier")
    async def get_policy(self, request: ApiRequest) -> ApiResponse:
        """Return a function's policy."""
        name = self._policy_of(request, NO_POLICY)
        statements = self._statements(name)
        if not statements:
            raise not_found(NO_POLICY)
        described = [permission.describe(self.directory.arn(name)) for permission in statements.values()]
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": described}
        return ApiResponse({"Policy": json.dumps(policy), REVISION: self.stack.functions.revision(name)})

    def _policy_of(self, request: ApiRequest, missing: str) -> str:
        """Return the name of the function; the error for a missing one has this message."""
        try:
            return self.directory.find(request.function_name, request.qualifier).name
        except ApiError as error:
            reference = read_function(request.function_name)
            if request.qualifier or reference is None or reference.qualifier:
                raise
            raise not_found(missing.format(arn=self.directory.arn(reference.name))) from error

    def _statements(self, function: str) -> dict[str, Permission]:
        permissions = self.stack.permissions.values()
        return {p.statement_id: p for p in permissions if p.function == function}

    def _read(self, request: ApiRequest, name: str) -> Permission:
        values = {**request.without(["Qualifier", REVISION]), FUNCTION_NAME: name}
        try:
            return Permission.read(Properties.from_request(values), self.stack.functions)
        except TemplateError as error:
            raise refusal(error, request.operation) from error
