"""`AWS::Lambda::Permission`: who may call a function at a URL with AuthType NONE (FU-24, FU-30).

The loader, the function URL and the doctor all go by this one rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from emulator.properties import Properties, TemplateError
from emulator.resources.function import FUNCTION_NAME, Function

#: that everyone must be granted: since October 2025 a caller needs both
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
EVERY_ACTION = ("lambda:*", "*")
EVERYONE = "*"
UNSIGNED, SIGNED = "NONE", "AWS_IAM"  #: a URL's AuthType, as statements name it too
#: conditions that a caller without a signature cannot meet: it is from no source, account or organisation
RESTRICTIONS = ("SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID")


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement of a function's resource policy."""

    TYPE: ClassVar[str] = "AWS::Lambda::Permission"

    function: str  #: name of the function
    action: str
    principal: str
    url_auth_type: str = ""  #: that a URL must have for the statement to hold; empty: any
    restricted: bool = False  #: to one source or organisation: it does not let everyone in

    @classmethod
    def read(cls, properties: Properties, functions: Mapping[str, Function]) -> "Permission":
        """Read a statement about one of these functions, which are known by name and by ARN."""
        name = properties.text(FUNCTION_NAME)
        if name not in functions:
            raise TemplateError(properties.at(FUNCTION_NAME), f"{name} is no function of this template")
        properties.accept(*RESTRICTIONS)
        permission = cls(
            function=functions[name].name,
            action=properties.text("Action"),
            principal=properties.text("Principal"),
            url_auth_type=properties.text("FunctionUrlAuthType", default="", choices=("", UNSIGNED, SIGNED)),
            restricted=any(properties.has(key) for key in RESTRICTIONS),
        )
        # It narrows the statement to calls that come by a URL, and all of these do.
        properties.boolean("InvokedViaFunctionUrl", default=False)
        properties.finish()
        return permission

    @property
    def lets_everyone_in(self) -> bool:
        """Whether it holds for a caller who does not sign."""
        return self.principal == EVERYONE and self.url_auth_type in ("", UNSIGNED) and not self.restricted


def missing_for_everyone(permissions: Iterable[Permission]) -> tuple[str, ...]:
    """Return the actions that a URL with AuthType NONE needs, and that its function's permissions do not grant."""
    granted = {permission.action for permission in permissions if permission.lets_everyone_in}
    if granted & set(EVERY_ACTION):
        return ()
    return tuple(action for action in URL_ACTIONS if action not in granted)
