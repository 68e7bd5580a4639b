"""`AWS::Lambda::Alias`: another name of one version of a function."""

from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.aws.arns import Arns

FUNCTION_VERSION = "FunctionVersion"


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias. One that shares its calls among two versions (`RoutingConfig`) is not emulated."""

    TYPE: ClassVar[str] = "AWS::Lambda::Alias"

    function: str  #: name of the function
    name: str
    version: str  #: a number, or $LATEST
    description: str = ""

    @property
    def key(self) -> str:
        """The key of the alias among those of all functions."""
        return alias_key(self.function, self.name)

    def describe(self, arns: Arns, revision: str) -> dict[str, Any]:
        """Return an AliasConfiguration."""
        return {
            "AliasArn": arns.function(self.function, self.name),
            "Name": self.name,
            FUNCTION_VERSION: self.version,
            "Description": self.description,
            "RevisionId": revision,
        }


def alias_key(function: str, name: str) -> str:
    """Return the key of an alias among those of all functions."""
    return f"{function}:{name}"
