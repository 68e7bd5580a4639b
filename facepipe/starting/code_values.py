"""What an expression in the code is worth, as far as it can be known without running it."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from facepipe.starting.code_base import CodeBase
from facepipe.starting.python_file import PythonFile

DEEPEST = 12  #: names that are followed from one to the next
UNKNOWN = "*"  #: stands for a part of a text that is not known
#: calls whose only interesting argument names a queue
_NAMED_QUEUES = {"get_queue_url": "QueueName", "get_queue_by_name": "QueueName", "Queue": "url"}


@dataclass(frozen=True, slots=True)
class CodeValue:
    """A text, or an environment variable with what the code takes where it is not set."""

    text: str = ""
    variable: str = ""
    is_required: bool = False  #: the code fails where the variable is not set
    is_queue_name: bool = False  #: it is given where boto3 takes the name of a queue


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates expressions of one file; `local` has what a function assigns to its own names."""

    code: CodeBase
    file: PythonFile
    local: Mapping[str, ast.expr] = field(default_factory=dict)

    def value(self, node: ast.expr | None, depth: int = 0) -> CodeValue | None:
        """Return an expression's value; None if nothing is known of it."""
        if node is None or depth > DEEPEST:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return CodeValue(text)
            case ast.Name():
                return self._name(node.id, depth)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                return self._joined(node, depth)
            case ast.Subscript():
                return self._subscript(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Attribute():
                return self._attribute(node, depth)
            case ast.BoolOp(op=ast.Or(), values=[first, *_, last]):
                return _with_default(self.value(first, depth + 1), self.value(last, depth + 1))
            case ast.Await() | ast.NamedExpr():
                return self.value(node.value, depth + 1)
        return None

    def _name(self, name: str, depth: int) -> CodeValue | None:
        if name in self.local:
            return self.value(self.local[name], depth + 1)
        found = self.code.find(self.file, name)
        return self._of_definition(found.path, found.name, depth) if found else None

    def _attribute(self, node: ast.Attribute, depth: int) -> CodeValue | None:
        found = self.code.find_attribute(self.file, node)
        if found:
            return self._of_definition(found.path, found.name, depth)
        if node.attr == "url":  # of a queue of boto3's resources
            return self.value(node.value, depth + 1)
        return self._member(node.value.id, node.attr, depth) if isinstance(node.value, ast.Name) else None

    def _member(self, owner: str, name: str, depth: int) -> CodeValue | None:
        """Return what classes of the file in which the owner is defined assign to a member of this name."""
        found = self.code.find(self.file, owner)
        if found is None and owner not in ("self", "cls"):
            return None
        file = self.code.files[found.path] if found else self.file
        return Evaluator(self.code, file).value(file.members.get(name), depth + 1)

    def _of_definition(self, path: str, name: str, depth: int) -> CodeValue | None:
        file = self.code.files[path]
        assigned = [one for one in file.definitions.get(name, ()) if isinstance(one, ast.Assign | ast.AnnAssign)]
        plain = [one.value for one in assigned if not isinstance(one, ast.Assign) or len(one.targets) == 1]
        return Evaluator(self.code, file).value(plain[-1], depth + 1) if plain else None

    def _joined(self, node: ast.JoinedStr | ast.BinOp, depth: int) -> CodeValue:
        parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
        texts = []
        for part in parts:
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part, depth + 1)
            texts.append(value.text or UNKNOWN if value else UNKNOWN)
        return CodeValue("".join(texts))

    def _subscript(self, node: ast.Subscript, depth: int) -> CodeValue | None:
        if _is_environment(node.value):
            name = self.value(node.slice, depth + 1)
            return CodeValue(variable=name.text, is_required=True) if name and name.text else None
        return self.value(node.value, depth + 1) if isinstance(node.value, ast.Call | ast.Name) else None

    def _call(self, node: ast.Call, depth: int) -> CodeValue | None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        of_environment = isinstance(function, ast.Attribute) and _is_environment(function.value)
        if name == "getenv" or (name in ("get", "pop", "setdefault") and of_environment):
            read = [self.value(argument, depth + 1) for argument in node.args[:2]]
            default = read[1].text if len(read) > 1 and read[1] else ""
            return CodeValue(default, read[0].text) if read and read[0] and read[0].text else None
        if name in _NAMED_QUEUES:
            given = keyword(node, _NAMED_QUEUES[name]) or next(iter(node.args), None)
            named = self.value(given, depth + 1)
            is_name = name != "Queue"
            return CodeValue(named.text, named.variable, named.is_required, is_name) if named else None
        if name in ("strip", "get") and isinstance(function, ast.Attribute):
            return self.value(function.value, depth + 1)
        return self.value(node.args[0], depth + 1) if name == "str" and node.args else None


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a call's keyword argument."""
    return next((given.value for given in node.keywords if given.arg == name), None)


def _is_environment(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute | ast.Name) and getattr(node, "attr", getattr(node, "id", "")) == "environ"


def _with_default(first: CodeValue | None, last: CodeValue | None) -> CodeValue | None:
    if first is None or not first.variable:
        return first or last
    return replace(first, text=first.text or (last.text if last else ""))
