"""Which permissions open a URL with AuthType NONE to everyone (FU-24, FU-30)."""

from typing import Any

import pytest

from emulator.properties import Properties
from emulator.resources import Function, FunctionUrl, Permission

FUNCTIONS = {"worker": Function("Worker", "worker", "image", (), 3, 128, 512)}
URL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"


def permission(action: str, **properties: Any) -> Permission:
    values = {"FunctionName": "worker", "Action": action, "Principal": "*", **properties}
    return Permission.read(Properties.from_resource("Permission", values), FUNCTIONS)


def missing(*permissions: Permission, auth_type: str = "NONE") -> tuple[str, ...]:
    return FunctionUrl("Url", "worker", auth_type).granted(permissions).not_granted


def test_fu24_everyone_needs_both_actions() -> None:
    assert missing() == (URL, INVOKE)
    assert missing(permission(URL)) == (INVOKE,)
    assert missing(permission(INVOKE)) == (URL,)
    assert missing(permission(URL), permission(INVOKE)) == ()


@pytest.mark.parametrize("action", ["lambda:*", "*"])
def test_fu24_an_action_for_all_is_enough(action: str) -> None:
    assert missing(permission(action)) == ()


@pytest.mark.parametrize(
    "condition",
    [
        {"PrincipalOrgID": "o-a1b2c3d4e5"},
        {"SourceArn": "arn:aws:s3:::bucket"},
        {"SourceAccount": "123456789012"},
        {"EventSourceToken": "token"},
        {"FunctionUrlAuthType": "AWS_IAM"},
        {"Principal": "123456789012"},
    ],
)
def test_fu24_a_restricted_statement_does_not_let_everyone_in(condition: dict[str, str]) -> None:
    assert missing(permission(URL), permission(INVOKE, **condition)) == (INVOKE,)


def test_fu24_what_restricts_nothing_here_is_taken() -> None:
    by_url = permission(INVOKE, InvokedViaFunctionUrl=True)
    assert missing(permission(URL, FunctionUrlAuthType="NONE"), by_url) == ()


def test_fu24_a_url_for_signed_requests_needs_no_grant_to_everyone() -> None:
    assert missing(auth_type="AWS_IAM") == ()


def test_fu24_another_functions_permission_opens_nothing() -> None:
    assert missing(Permission("other", "*", "*")) == (URL, INVOKE)
