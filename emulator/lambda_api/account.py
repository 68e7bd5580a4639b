"""Operations with which tools read settings of the account and of functions before they change them (LA-09)."""

from dataclasses import dataclass, replace
from typing import Any

from emulator.aws.identifiers import LATEST, is_alias_name
from emulator.aws.limits import ACCOUNT_CONCURRENCY, ARCHIVE_BYTES, TOTAL_CODE_BYTES, UNZIPPED_BYTES
from emulator.lambda_api.api_errors import ApiError, invalid, not_found
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import Function
from emulator.resources.function_details import RECURSIVE_LOOP
from emulator.stack.stack import Stack

NO_PROVISIONED = "No Provisioned Concurrency Config found for this function"


@dataclass(frozen=True, slots=True)
class AccountApi:
    """Answers with the account's limits, and with AWS's defaults for settings of functions."""

    stack: Stack
    directory: Directory

    @operation()
    async def get_account_settings(self, _: ApiRequest) -> ApiResponse:
        """Return the limits of an account, and how much of them is used."""
        functions = self.stack.functions.values()
        reserved = sum(function.reserved_concurrency or 0 for function in functions)
        limit = {
            "TotalCodeSize": TOTAL_CODE_BYTES,
            "CodeSizeUnzipped": UNZIPPED_BYTES,
            "CodeSizeZipped": ARCHIVE_BYTES,
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": ACCOUNT_CONCURRENCY - reserved,
        }
        code_bytes = sum(function.source.size_bytes for function in self.stack.callable.values())
        usage = {"TotalCodeSize": code_bytes, "FunctionCount": len(functions)}
        return ApiResponse({"AccountLimit": limit, "AccountUsage": usage})

    @operation()
    async def get_function_recursion_config(self, request: ApiRequest) -> ApiResponse:
        """Return whether recursive loops of a function are stopped."""
        return self._recursion(self.directory.find(request.function_name))

    @operation()
    async def put_function_recursion_config(self, request: ApiRequest) -> ApiResponse:
        """Have recursive loops of a function stopped, or not (ES-47)."""
        function = self.directory.find(request.function_name)
        details = replace(function.details, recursive_loop=request.text(RECURSIVE_LOOP))
        changed = replace(function, details=details)
        self.stack.functions.put(function.name, changed)
        return self._recursion(changed)

    @operation()
    async def get_function_code_signing_config(self, request: ApiRequest) -> ApiResponse:
        """Answer that a function has no configuration of signed code."""
        self.directory.find(request.function_name)
        return ApiResponse()

    @operation("Qualifier")
    async def get_runtime_management_config(self, request: ApiRequest) -> ApiResponse:
        """Answer that the runtime is updated automatically."""
        target = self.directory.target(request.function_name, request.qualifier)
        arn = self.directory.arns.function(target.name, target.qualifier or LATEST)
        return ApiResponse({"UpdateRuntimeOn": "Auto", "FunctionArn": arn})

    @operation()
    async def get_provisioned_concurrency_config(self, request: ApiRequest) -> ApiResponse:
        """Answer that no concurrency is provisioned for a version or alias."""
        reference = self.directory.reference(request.function_name, request.qualifier)
        if reference.qualifier in ("", LATEST):
            raise invalid("The function resource provided must be an alias or a published version.")
        try:
            self.directory.target(request.function_name, request.qualifier)
        except ApiError as error:
            arn = self.directory.arns.function(reference.name, reference.qualifier)
            raise not_found(f"Cannot find alias arn: {arn}") if is_alias_name(reference.qualifier) else error from error
        raise ApiError(404, "ProvisionedConcurrencyConfigNotFoundException", NO_PROVISIONED)

    @operation("Marker", "MaxItems")
    async def list_provisioned_concurrency_configs(self, request: ApiRequest) -> ApiResponse:
        """Answer that no concurrency is provisioned for a function."""
        self.directory.find(request.function_name)
        return ApiResponse({"ProvisionedConcurrencyConfigs": []})

    def _recursion(self, function: Function) -> ApiResponse:
        members: dict[str, Any] = {RECURSIVE_LOOP: function.details.recursive_loop}
        return ApiResponse(members)
