"""`AWS::Lambda::Permission`, and the rule for who may call a URL with AuthType NONE (FU-24, FU-30).

The loader, the stack, the function URL and the doctor all use this rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from emulator.aws.arns import Arns, is_arn
from emulator.aws.identifiers import version_key
from emulator.properties import Properties, TemplateError
from emulator.resources.function import FUNCTION_NAME, Function

#: actions that must be granted to everyone: since October 2025 a caller needs both
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
EVERY_ACTION = ("lambda:*", "*")
EVERYONE = "*"
UNSIGNED, SIGNED = "NONE", "AWS_IAM"  #: values of a URL's AuthType and of a statement's FunctionUrlAuthType
#: conditions that an unsigned caller cannot meet, because it has no source, account or organisation:
#: property → operator and key in the statement
RESTRICTIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
}
STATEMENT_ID, URL_AUTH_TYPE, VIA_URL = "StatementId", "FunctionUrlAuthType", "InvokedViaFunctionUrl"


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement of a function's resource policy."""

    TYPE: ClassVar[str] = "AWS::Lambda::Permission"

    function: str  #: name of the function
    action: str
    principal: str
    url_auth_type: str = ""  #: the statement applies to URLs with this AuthType; empty: to all
    restrictions: Mapping[str, str] = field(default_factory=dict)  #: property → value, so that it is not for everyone
    statement_id: str = ""
    via_url: bool = False  #: only for calls through a URL
    further_actions: tuple[str, ...] = ()  #: of a statement with a list of them, after the first
    qualifier: str = ""  #: the version or alias whose policy it is; empty: the function's own

    @classmethod
    def read(cls, properties: Properties, functions: Mapping[str, Function]) -> "Permission":
        """Read a statement. `functions` has each function by its name and by its ARN."""
        name = properties.text(FUNCTION_NAME)
        if name not in functions:
            raise TemplateError(properties.at(FUNCTION_NAME), f"this template has no function {name}")
        permission = cls(
            function=functions[name].name,
            action=properties.text("Action"),
            principal=properties.text("Principal"),
            url_auth_type=properties.text(URL_AUTH_TYPE, default="", choices=("", UNSIGNED, SIGNED)),
            restrictions={key: str(properties.raw(key)) for key in RESTRICTIONS if properties.has(key)},
            statement_id=properties.text(STATEMENT_ID, default=properties.logical_id),
            via_url=properties.boolean(VIA_URL, default=False),
        )
        properties.finish()
        return permission

    @property
    def key(self) -> str:
        """The key of the statement among those of all functions."""
        return f"{self.resource}/{self.statement_id}"

    @property
    def resource(self) -> str:
        """The key of the function, version or alias whose policy has the statement."""
        return version_key(self.function, self.qualifier)

    @property
    def allows_everyone(self) -> bool:
        """Whether the statement applies to an unsigned caller."""
        return self.principal == EVERYONE and self.url_auth_type in ("", UNSIGNED) and not self.restrictions

    def describe(self, arn: str) -> dict[str, Any]:
        """Return the statement of the policy of the function with this ARN, as AddPermission and GetPolicy answer."""
        statement = {
            "Sid": self.statement_id,
            "Effect": "Allow",
            "Principal": self._describe_principal(),
            "Action": [self.action, *self.further_actions] if self.further_actions else self.action,
            "Resource": arn,
        }
        conditions: dict[str, dict[str, str]] = {}
        for name, value in self.restrictions.items():
            operator, key = RESTRICTIONS[name]
            conditions.setdefault(operator, {})[key] = value
        if self.url_auth_type:
            conditions.setdefault("StringEquals", {})["lambda:FunctionUrlAuthType"] = self.url_auth_type
        if self.via_url:
            conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": "true"}
        return {**statement, "Condition": conditions} if conditions else statement

    def _describe_principal(self) -> Any:
        if self.principal == EVERYONE:
            return EVERYONE
        if self.principal.isdecimal():
            return {"AWS": Arns(account_id=self.principal).root()}
        return {"AWS" if is_arn(self.principal) else "Service": self.principal}


def missing_for_everyone(permissions: Iterable[Permission]) -> tuple[str, ...]:
    """Return the actions that a URL with AuthType NONE needs, and that these permissions do not grant to everyone."""
    open_to_all = [permission for permission in permissions if permission.allows_everyone]
    granted = {action for each in open_to_all for action in (each.action, *each.further_actions)}
    if granted & set(EVERY_ACTION):
        return ()
    return tuple(action for action in URL_ACTIONS if action not in granted)
