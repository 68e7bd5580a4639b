"""`AWS::Lambda::Alias`: another name of one version of a function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.aws.arns import Arns
from emulator.aws.identifiers import LATEST, is_alias_name
from emulator.properties import Properties, TemplateError
from emulator.resources.function import FUNCTION_NAME, Function, named_function

FUNCTION_VERSION = "FunctionVersion"


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias. One that shares its calls among two versions (`RoutingConfig`) is not emulated."""

    TYPE: ClassVar[str] = "AWS::Lambda::Alias"

    function: str  #: name of the function
    name: str
    version: str  #: a number, or $LATEST
    description: str = ""

    @classmethod
    def read(cls, properties: Properties, functions: Mapping[str, Function]) -> "Alias":
        """Read an alias of a template, which names `$LATEST`: a template's versions are not published.

        `functions` has each function by its name and by its ARN.
        """
        function, name = named_function(properties, FUNCTION_NAME, functions).name, properties.text("Name")
        if not is_alias_name(name):
            raise TemplateError(properties.at("Name"), f"Lambda does not allow the name {name!r} for an alias")
        properties.text(FUNCTION_VERSION)
        alias = cls(function, name, LATEST, properties.text("Description", default=""))
        properties.finish()
        return alias

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
