"""Reads one Python file without running it: what it defines at its top, and what it imports."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class NotPythonError(ValueError):
    """A file is not Python of the version that runs facepipe; the message says why."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a name stands for: a module, or a member of a module."""

    module: str  #: as in a.b
    level: int = 0  #: how many dots stand before it
    member: str = ""  #: empty: the module itself


@dataclass(slots=True)
class PythonFile:
    """A file's definitions by name, and its imports by the names that they give."""

    path: str
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Imported] = field(default_factory=dict)  #: of `import a.b` the name is a.b
    stars: list[Imported] = field(default_factory=list)  #: from a import *
    members: dict[str, ast.expr] = field(default_factory=dict)  #: what classes assign to their members

    @property
    def all_imports(self) -> list[Imported]:
        """Everything that the file imports."""
        return [*self.imports.values(), *self.stars]


def read_python(path: str, content: bytes) -> PythonFile:
    """Parse a file; nothing of it is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file's own code
            tree = ast.parse(content)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise NotPythonError(f"{where}{error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPythonError(str(error) or "it is nested too deeply") from error
    file = PythonFile(path)
    for statement in _top(tree.body):
        for name in _names(statement):
            file.definitions.setdefault(name, []).append(statement)
    for node in ast.walk(tree):
        _take_import(file, node)
        if isinstance(node, ast.ClassDef):
            _take_members(file, node)
    return file


def _top(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run at import, also those within `if`, `try` and `with`."""
    for statement in body:
        if isinstance(statement, ast.If):
            if not _is_main_guard(statement.test):
                yield from _top([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            handled = [inner for handler in statement.handlers for inner in handler.body]
            yield from _top([*statement.body, *handled, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.With):
            yield from _top(statement.body)
        else:
            yield statement


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement defines."""
    if isinstance(statement, FunctionNode | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _take_members(file: PythonFile, node: ast.ClassDef) -> None:
    """Take what a class assigns to its own names, and its methods to those of self."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign | ast.AnnAssign) and inner.value is not None:
            for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                if isinstance(target, ast.Attribute):
                    file.members.setdefault(target.attr, inner.value)
                elif isinstance(target, ast.Name) and inner in node.body:
                    file.members.setdefault(target.id, inner.value)


def _take_import(file: PythonFile, node: ast.AST) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            file.imports[alias.asname or alias.name] = Imported(alias.name)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name == "*":
                file.stars.append(Imported(node.module or "", node.level))
            else:
                file.imports[alias.asname or alias.name] = Imported(node.module or "", node.level, alias.name)
