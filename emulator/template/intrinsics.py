"""Resolves what CloudFormation resolves: parameters, conditions, references and intrinsic functions."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.properties import TemplateError, as_text
from emulator.template.dynamic_references import MissingImportError, OutsideValues


def _base64(value: Any, _path: str) -> str:
    return base64.b64encode(as_text(value).encode()).decode()


def _json_string(value: Any, _path: str) -> str:
    return json.dumps(value, separators=(",", ":"))


def _length(value: Any, path: str) -> str:
    if not isinstance(value, list):
        raise TemplateError(path, "needs a list")
    return str(len(value))


#: functions of one resolved value
OF_VALUES: Mapping[str, Callable[[Any, str], str]] = {
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _json_string,
}


class NoValue:
    """The value of `AWS::NoValue`: the property counts as not set."""


class UnknownFunctionError(TemplateError):
    """The template calls an intrinsic function that is not emulated."""


class CircularReferenceError(TemplateError):
    """Conditions or resources refer to themselves; the message is the same from wherever the circle is entered."""

    def __init__(self, path: str, circle: list[str]) -> None:
        first = circle.index(min(circle))
        names = " → ".join([*circle[first:], *circle[:first], circle[first]])
        super().__init__(path, f"is a circular reference: {names}; remove one of these references")


NO_VALUE = NoValue()
_SUB = re.compile(r"\$\{([^}]*)\}")


class Attributes(Protocol):
    """Gives the attributes of resources to other parts of the template."""

    def attribute(self, logical_id: str, name: str) -> str:
        """Return an attribute; the name "" means the value of Ref. `TemplateError` if the type does not have it."""
        ...


@dataclass(slots=True)
class Resolver:
    """Replaces references and intrinsic functions in a part of the template by their values."""

    #: including pseudo parameters such as AWS::Region; the problem of a parameter without a proper value
    parameters: Mapping[str, str | list[str] | TemplateError]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    attributes: Attributes | None = None
    outside: OutsideValues = OutsideValues()
    _open: list[str] = field(default_factory=list)  #: conditions and resources that are being resolved

    def resolve(self, node: Any, path: str) -> Any:
        """Return `node` with everything resolved; properties with the value `AWS::NoValue` are left out."""
        if isinstance(node, list):
            items = [self.resolve(item, f"{path}[{index}]") for index, item in enumerate(node)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or str(name).startswith("Fn::"):
                return self._call(str(name), argument, f"{path}.{name}")
        items_by_key = {key: self.resolve(value, f"{path}.{key}") for key, value in node.items()}
        return {key: value for key, value in items_by_key.items() if value is not NO_VALUE}

    def holds(self, condition: Any, path: str) -> bool:
        """Return whether a named condition, or a condition function, is true."""
        if isinstance(condition, str):
            if condition not in self.conditions:
                raise TemplateError(path, f"the template has no condition {condition}; add it to Conditions")
            with self._opened(f"condition {condition}", path):
                return self.holds(self.conditions[condition], f"Conditions.{condition}")
        result = self._condition(condition, path)
        if not isinstance(result, bool):
            raise TemplateError(path, "is not a condition; use Fn::Equals, And, Or, Not or Condition")
        return result

    def attribute(self, logical_id: str, name: str, path: str) -> str:
        """Return an attribute of a resource; a circular reference is a `TemplateError`."""
        if logical_id not in self.resources:
            raise TemplateError(path, f"{logical_id} is neither a parameter nor a resource; check its spelling")
        with self._opened(logical_id, path):
            if self.attributes is None:
                raise TemplateError(path, "conditions cannot refer to resources")
            return self.attributes.attribute(logical_id, name)

    def _opened(self, what: str, path: str) -> "_Opened":
        if what in self._open:
            raise CircularReferenceError(path, self._open[self._open.index(what) :])
        return _Opened(self._open, what)

    def _condition(self, node: Any, path: str) -> Any:
        if not isinstance(node, dict) or len(node) != 1:
            return None
        ((name, argument),) = node.items()
        if name == "Condition":
            return self.holds(str(argument), path)
        if name == "Fn::Equals":
            left, right = self._list(argument, path, 2, 2)
            return as_text(self.resolve(left, path)) == as_text(self.resolve(right, path))
        if name == "Fn::Not":
            return not self.holds(self._list(argument, path, 1, 1)[0], path)
        if name in ("Fn::And", "Fn::Or"):
            combine = all if name == "Fn::And" else any
            return combine([self.holds(part, path) for part in self._list(argument, path, 2, 10)])
        return None

    def _call(self, name: str, argument: Any, path: str) -> Any:
        functions: Mapping[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
            "Fn::GetAZs": self._zones,
        }
        if name in functions:
            return functions[name](argument, path)
        if name in OF_VALUES:
            return OF_VALUES[name](self.resolve(argument, path), path)
        built = ", ".join(known.removeprefix("Fn::") for known in (*functions, *OF_VALUES))
        raise UnknownFunctionError(path, f"{name} is not emulated; use one of {built}")

    def _ref(self, name: Any, path: str) -> Any:
        if not isinstance(name, str):
            raise TemplateError(path, "needs the name of a parameter or a resource")
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.parameters:
            value = self.parameters[name]
            if isinstance(value, TemplateError):
                raise value
            return value
        return self.attribute(str(name), "", path)

    def _get_att(self, argument: Any, path: str) -> str:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            raise TemplateError(path, "needs a resource and an attribute, such as Queue.Arn")
        return self.attribute(parts[0], parts[1], path)

    def _sub(self, argument: Any, path: str) -> str:
        text, extra = self._list(argument, path, 2, 2) if isinstance(argument, list) else (argument, {})
        if not isinstance(text, str) or not isinstance(extra, dict):
            raise TemplateError(path, "needs a string, or a string and a mapping")

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):  # ${!Literal} stands for the text ${Literal}
                return f"${{{name[1:]}}}"
            if name in extra:
                return as_text(self.resolve(extra[name], path))
            return as_text(self._get_att(name, path) if "." in name else self._ref(name, path))

        return _SUB.sub(value, text)

    def _join(self, argument: Any, path: str) -> str:
        separator, parts = self._list(argument, path, 2, 2)
        values = self.resolve(parts, path)
        if not isinstance(values, list):
            raise TemplateError(path, "needs a separator and a list")
        return str(separator).join(as_text(value) for value in values)

    def _select(self, argument: Any, path: str) -> Any:
        index, values = (self.resolve(part, path) for part in self._list(argument, path, 2, 2))
        if not isinstance(values, list) or not str(index).isdigit() or int(index) >= len(values):
            raise TemplateError(path, "needs a list and an index within it")
        return values[int(index)]

    def _split(self, argument: Any, path: str) -> list[str]:
        separator, text = (self.resolve(part, path) for part in self._list(argument, path, 2, 2))
        return as_text(text).split(as_text(separator))

    def _if(self, argument: Any, path: str) -> Any:
        condition, yes, no = self._list(argument, path, 3, 3)
        return self.resolve(yes if self.holds(str(condition), path) else no, path)

    def _find_in_map(self, argument: Any, path: str) -> Any:
        keys = [as_text(self.resolve(part, path)) for part in self._list(argument, path, 3, 3)]
        found: Any = self.mappings
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                raise TemplateError(path, f"Mappings has no {'.'.join(keys)}; add it, or correct the keys")
            found = found[key]
        return found

    def _import_value(self, argument: Any, path: str) -> str:
        try:
            return self.outside.imported(as_text(self.resolve(argument, path)), path)
        except MissingImportError as error:  # where nothing is emulated, it is no problem
            raise UnknownFunctionError(path, error.problem) from error

    def _zones(self, argument: Any, path: str) -> list[str]:
        """Return three zones of a region; an empty argument means the stack's own region."""
        region = as_text(self.resolve(argument or {"Ref": "AWS::Region"}, path))
        return [f"{region}{letter}" for letter in "abc"]

    def _list(self, argument: Any, path: str, low: int, high: int) -> list[Any]:
        if not isinstance(argument, list) or not low <= len(argument) <= high:
            raise TemplateError(path, f"needs a list of {low if low == high else f'{low} to {high}'} items")
        return argument


@dataclass(slots=True)
class _Opened:
    names: list[str]
    name: str

    def __enter__(self) -> None:
        self.names.append(self.name)

    def __exit__(self, *_: object) -> None:
        self.names.pop()
