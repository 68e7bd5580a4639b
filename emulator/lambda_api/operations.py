"""The names of operations, so that a refusal can say which it was."""

import re

#: method, path without its date, name
NOT_BUILT = (
    ("POST", "functions", "CreateFunction"),
    ("DELETE", "functions/*", "DeleteFunction"),
    ("PUT", "functions/*/code", "UpdateFunctionCode"),
    ("POST", "functions/*/invoke-async", "InvokeAsync"),
    ("POST", "functions/*/response-streaming-invocations", "InvokeWithResponseStream"),
    ("GET", "functions/*/recursion-config", "GetFunctionRecursionConfig"),
    ("PUT", "functions/*/recursion-config", "PutFunctionRecursionConfig"),
    ("GET", "functions/*/code-signing-config", "GetFunctionCodeSigningConfig"),
    ("GET", "functions/*/runtime-management-config", "GetRuntimeManagementConfig"),
    ("GET", "functions/*/provisioned-concurrency", "ListProvisionedConcurrencyConfigs"),
    ("GET", "functions/*/versions", "ListVersionsByFunction"),
    ("POST", "functions/*/versions", "PublishVersion"),
    ("GET", "functions/*/aliases", "ListAliases"),
    ("POST", "functions/*/aliases", "CreateAlias"),
    ("GET", "functions/*/aliases/*", "GetAlias"),
    ("PUT", "functions/*/aliases/*", "UpdateAlias"),
    ("DELETE", "functions/*/aliases/*", "DeleteAlias"),
    ("GET", "functions/*/policy", "GetPolicy"),
    ("POST", "functions/*/policy", "AddPermission"),
    ("DELETE", "functions/*/policy/*", "RemovePermission"),
    ("PUT", "functions/*/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    ("POST", "functions/*/url", "CreateFunctionUrlConfig"),
    ("PUT", "functions/*/url", "UpdateFunctionUrlConfig"),
    ("DELETE", "functions/*/url", "DeleteFunctionUrlConfig"),
    ("GET", "layers", "ListLayers"),
    ("GET", "account-settings", "GetAccountSettings"),
    ("GET", "tags/*", "ListTags"),
    ("POST", "tags/*", "TagResource"),
    ("DELETE", "tags/*", "UntagResource"),
)

#: the changes that are built: what the functions' endpoint refuses
CHANGES = (
    ("PUT", "functions/*/configuration", "UpdateFunctionConfiguration"),
    ("PUT", "functions/*/concurrency", "PutFunctionConcurrency"),
    ("DELETE", "functions/*/concurrency", "DeleteFunctionConcurrency"),
    ("PUT", "functions/*/event-invoke-config", "PutFunctionEventInvokeConfig"),
    ("POST", "functions/*/event-invoke-config", "UpdateFunctionEventInvokeConfig"),
    ("DELETE", "functions/*/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    ("POST", "event-source-mappings", "CreateEventSourceMapping"),
    ("PUT", "event-source-mappings/*", "UpdateEventSourceMapping"),
    ("DELETE", "event-source-mappings/*", "DeleteEventSourceMapping"),
)


def operation(method: str, path: str) -> str:
    """Return the name of the Lambda operation that a request means; the request itself where we know none."""
    plain = re.sub(r"^/\d{4}-\d\d-\d\d/", "", path).rstrip("/")
    for its_method, pattern, name in NOT_BUILT + CHANGES:
        if method == its_method and re.fullmatch(pattern.replace("*", "[^/]+"), plain):
            return name
    return f"{method} {path}"
