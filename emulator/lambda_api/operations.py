"""The names of operations that are not built, so that a refusal can say which it was."""

import re

#: method, path without its date, name
NOT_BUILT = (
    ("POST", "functions", "CreateFunction"),
    ("DELETE", "functions/*", "DeleteFunction"),
    ("PUT", "functions/*/code", "UpdateFunctionCode"),
    ("PUT", "functions/*/configuration", "UpdateFunctionConfiguration"),
    ("POST", "functions/*/invoke-async", "InvokeAsync"),
    ("POST", "functions/*/response-streaming-invocations", "InvokeWithResponseStream"),
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
    ("GET", "functions/*/concurrency", "GetFunctionConcurrency"),
    ("PUT", "functions/*/concurrency", "PutFunctionConcurrency"),
    ("DELETE", "functions/*/concurrency", "DeleteFunctionConcurrency"),
    ("GET", "functions/*/provisioned-concurrency", "GetProvisionedConcurrencyConfig"),
    ("PUT", "functions/*/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    ("GET", "functions/*/event-invoke-config", "GetFunctionEventInvokeConfig"),
    ("PUT", "functions/*/event-invoke-config", "PutFunctionEventInvokeConfig"),
    ("POST", "functions/*/event-invoke-config", "UpdateFunctionEventInvokeConfig"),
    ("DELETE", "functions/*/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    ("GET", "functions/*/url", "GetFunctionUrlConfig"),
    ("POST", "functions/*/url", "CreateFunctionUrlConfig"),
    ("PUT", "functions/*/url", "UpdateFunctionUrlConfig"),
    ("DELETE", "functions/*/url", "DeleteFunctionUrlConfig"),
    ("GET", "functions/*/urls", "ListFunctionUrlConfigs"),
    ("GET", "layers", "ListLayers"),
    ("GET", "account-settings", "GetAccountSettings"),
    ("GET", "tags/*", "ListTags"),
    ("POST", "tags/*", "TagResource"),
    ("DELETE", "tags/*", "UntagResource"),
)


def operation(method: str, path: str) -> str:
    """Return the name of the Lambda operation that a request means; the request itself where we know none."""
    plain = re.sub(r"^/\d{4}-\d\d-\d\d/", "", path).rstrip("/")
    for its_method, pattern, name in NOT_BUILT:
        if method == its_method and re.fullmatch(pattern.replace("*", "[^/]+"), plain):
            return name
    return f"{method} {path}"
