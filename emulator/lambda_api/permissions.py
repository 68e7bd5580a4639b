"""The functions' resource policies through the API: AddPermission, RemovePermission, GetPolicy (FU-24, FU-30)."""

import json
from dataclasses import dataclass, replace

from emulator.aws.arns import is_principal, read_function
from emulator.aws.identifiers import LATEST, is_alias_name
from emulator.lambda_api.api_errors import ApiError, invalid, not_found, refusal
from emulator.lambda_api.change_checks import OF_POLICY, check_revision
from emulator.lambda_api.names import Directory, NamedFunction
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.properties import Properties, TemplateError
from emulator.resources import Permission
from emulator.resources.function import FUNCTION_NAME
from emulator.resources.permission import RESTRICTIONS, STATEMENT_ID, URL_ACTIONS, URL_AUTH_TYPE, VIA_URL
from emulator.resources.policy_document import write_policy
from emulator.stack.stack import Stack

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
        target = self._target(request)
        if not is_principal(request.text("Principal")):
            raise invalid("The provided principal was invalid. Please check the principal and try again.")
        if URL_AUTH_TYPE in request.parameters and request.text("Action") != URL_ACTIONS[0]:
            raise invalid(f"{URL_AUTH_TYPE} is only supported for {URL_ACTIONS[0]} action")
        permission = self._read(request, target)
        check_revision(request, self.stack.policy_revision(target.key), OF_POLICY)
        if permission.key in self.stack.permissions:
            message = f"The statement id ({permission.statement_id}) provided already exists."
            advice = "Please provide a new statement id, or remove the existing statement."
            raise ApiError(409, "ResourceConflictException", f"{message} {advice}")
        self.stack.put_permission(permission)
        return ApiResponse({"Statement": json.dumps(permission.describe(self._arn(target)))})

    @operation("Qualifier", REVISION)
    async def remove_permission(self, request: ApiRequest) -> ApiResponse:
        """Remove a statement."""
        target = self._policy_of(request, "No policy found for: {arn}")
        statements = self._statements(target)
        if not statements:
            raise not_found("No policy is associated with the given resource.")
        permission = statements.get(request.text(STATEMENT_ID))
        if permission is None:
            raise not_found(f"Statement {request.text(STATEMENT_ID)} is not found in resource policy.")
        check_revision(request, self.stack.policy_revision(target.key), OF_POLICY)
        self.stack.remove_permission(permission)
        return ApiResponse()

    @operation("Qualifier")
    async def get_policy(self, request: ApiRequest) -> ApiResponse:
        """Return a function's policy."""
        target = self._policy_of(request, NO_POLICY)
        statements = self._statements(target)
        if not statements:
            raise not_found(NO_POLICY)
        policy = write_policy(statements.values(), self._arn(target))
        return ApiResponse({"Policy": policy, REVISION: self.stack.policy_revision(target.key)})

    def _policy_of(self, request: ApiRequest, missing: str) -> NamedFunction:
        """Return what the request names; the error for a missing function has this message."""
        try:
            return self._target(request)
        except ApiError as error:
            reference = read_function(request.function_name)
            if request.qualifier or reference is None or reference.qualifier:
                raise
            raise not_found(missing.format(arn=self.directory.arn(reference.name))) from error

    def _target(self, request: ApiRequest) -> NamedFunction:
        """Return what the request names. Lambda has another message for an alias that does not exist."""
        try:
            return self.directory.target(request.function_name, request.qualifier)
        except ApiError as error:
            reference = read_function(request.function_name)
            if reference is None or reference.name not in self.stack.functions:
                raise
            qualifier = reference.qualifier or request.qualifier
            if error.status != 404 or not is_alias_name(qualifier):
                raise
            raise not_found(
                f"Cannot find alias arn: {self.directory.arns.function(reference.name, qualifier)}"
            ) from error

    def _arn(self, target: NamedFunction) -> str:
        return self.directory.arns.function(target.name, target.qualifier)

    def _statements(self, target: NamedFunction) -> dict[str, Permission]:
        permissions = self.stack.permissions.values()
        return {p.statement_id: p for p in permissions if p.resource == target.key}

    def _read(self, request: ApiRequest, target: NamedFunction) -> Permission:
        values = {**request.without(["Qualifier", REVISION]), FUNCTION_NAME: target.name}
        try:
            permission = Permission.read(Properties.from_request(values), self.stack.functions)
            return replace(permission, qualifier=target.qualifier)
        except TemplateError as error:
            raise refusal(error, request.operation) from error
