"""`AWS::Lambda::Permission`, and the rule for who may call a URL with AuthType NONE (FU-24, FU-30).

The loader, the function URL and the doctor all use this rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from emulator.properties import Properties, TemplateError
from emulator.resources.function import FUNCTION_NAME, Function

#: actions that must be granted to everyone: since October 2025 a caller needs both
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
EVERY_ACTION = ("lambda:*", "*")
EVERYONE = "*"
UNSIGNED, SIGNED = "NONE", "AWS_IAM"  #: values of a URL's AuthType and of a statement's FunctionUrlAuthType
#: conditions that an unsigned caller cannot meet, because it has no source, account or organisation
RESTRICTIONS = ("SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID")


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement of a function's resource policy."""

    TYPE: ClassVar[str] = "AWS::Lambda::Permission"

    function: str  #: name of the function
    action: str
    principal: str
    url_auth_type: str = ""  #: the statement applies to URLs with this AuthType; empty: to all
    restricted: bool = False  #: to a source, account or organisation, so that it does not grant access to everyone

    @classmethod
    def read(cls, properties: Properties, functions: Mapping[str, Function]) -> "Permission":
        """Read a statement. `functions` has each function by its name and by its ARN."""
        name = properties.text(FUNCTION_NAME)
        if name not in functions:
            raise TemplateError(properties.at(FUNCTION_NAME), f"this template has no function {name}")
        properties.accept(*RESTRICTIONS)
        permission = cls(
            function=functions[name].name,
            action=properties.text("Action"),
            principal=properties.text("Principal"),
            url_auth_type=properties.text("FunctionUrlAuthType", default="", choices=("", UNSIGNED, SIGNED)),
            restricted=any(properties.has(key) for key in RESTRICTIONS),
        )
        # This property limits the statement to calls through a URL, and only those are checked.
        properties.boolean("InvokedViaFunctionUrl", default=False)
        properties.finish()
        return permission

    @property
    def allows_everyone(self) -> bool:
        """Whether the statement applies to an unsigned caller."""
        return self.principal == EVERYONE and self.url_auth_type in ("", UNSIGNED) and not self.restricted


def missing_for_everyone(permissions: Iterable[Permission]) -> tuple[str, ...]:
    """Return the actions that a URL with AuthType NONE needs, and that these permissions do not grant to everyone."""
    granted = {permission.action for permission in permissions if permission.allows_everyone}
    if granted & set(EVERY_ACTION):
        return ()
    return tuple(action for action in URL_ACTIONS if action not in granted)
