"""`AWS::Lambda::Permission`: who may call a function URL with AuthType NONE (FU-24)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from emulator.resources import Function, FunctionUrl, Permission
from emulator.template.document import TemplateError
from emulator.template.properties import Properties

#: that everyone must be granted: since October 2025 a caller needs both
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
RESTRICTIONS = ("SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID")


def read_permission(values: dict[str, Any], logical_id: str, functions: Mapping[str, Function]) -> Permission:
    """Read one statement of a function's resource policy."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    name = properties.text("FunctionName")
    if name not in functions:
        raise TemplateError(properties.at("FunctionName"), f"{name} is no function of this template")
    properties.accept(*RESTRICTIONS)
    permission = Permission(
        function=functions[name].name,
        action=properties.text("Action"),
        principal=properties.text("Principal"),
        url_auth_type=properties.text("FunctionUrlAuthType", default="", choices=("", "NONE", "AWS_IAM")),
        restricted=any(properties.has(key) for key in RESTRICTIONS),
    )
    properties.boolean("InvokedViaFunctionUrl", default=False)  # narrows to calls that come by a URL: all of these do
    properties.finish()
    return permission


def granted(url: FunctionUrl, permissions: Iterable[Permission]) -> FunctionUrl:
    """Return the URL with what everyone would have to be granted and is not; one with AWS_IAM needs no such grant."""
    if url.auth_type != "NONE":
        return url
    actions = {
        permission.action
        for permission in permissions
        if permission.function == url.function
        and permission.principal == "*"
        and permission.url_auth_type in ("", "NONE")
        and not permission.restricted
    }
    if "lambda:*" in actions:
        return url
    return replace(url, not_granted=tuple(action for action in URL_ACTIONS if action not in actions))
