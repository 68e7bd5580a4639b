"""Finds handlers: functions of `(event, context)` at the top of a file, which Lambda can call by their name."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from facepipe.starting.code_base import CodeBase, Definition
from facepipe.starting.python_file import FunctionNode, PythonFile

#: names that handlers usually have, whatever their parameters are called
USUAL = ("handler", "lambda_handler")
_EVENTS = {"event", "events", "evt", "e", "payload", "request", "req", "_", ""}
_CONTEXTS = {"context", "ctx", "lambda_context", "_", "__", ""}


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler and where it stands."""

    definition: Definition
    line: int

    @property
    def place(self) -> str:
        """Where it is defined."""
        return f"{self.definition.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class FoundHandlers:
    """The handlers, and what looks like one and is not taken, with the reason."""

    handlers: tuple[Handler, ...]
    not_taken: tuple[str, ...]


def find_handlers(code: CodeBase) -> FoundHandlers:
    """Return the handlers of a project in the order of their files and lines."""
    candidates, odd = [], list[tuple[Definition, str]]()
    for path, file in sorted(code.files.items()):
        found = sorted(_of_file(code, file), key=lambda handler: handler.line)
        if len(path.rpartition("/")[2].split()) > 1:
            why = "Lambda takes no handler from a file whose name has a space; rename it"
            odd += [(one.definition, f"{path}: {why}") for one in found[:1]]
            continue
        candidates += found
        odd += _odd(file)
    used = {handler: set(code.used_by(handler.definition)) for handler in candidates}
    handlers = [one for one in candidates if not any(_is_helper(one, other, used) for other in candidates)]
    taken = {definition for one in handlers for definition in used[one]}
    helpers = [one for one in candidates if one not in handlers]
    not_taken = [f"{one.place}: {one.definition.name} is called by another handler" for one in helpers]
    not_taken += [why for definition, why in odd if definition not in taken]
    return FoundHandlers(tuple(handlers), tuple(not_taken))


def _is_helper(one: Handler, other: Handler, used: dict[Handler, set[Definition]]) -> bool:
    """Tell whether a handler is only a part of another one."""
    return one is not other and one.definition in used[other] and other.definition not in used[one]


def _of_file(code: CodeBase, file: PythonFile) -> Iterator[Handler]:
    for name, statements in file.definitions.items():
        statement = statements[-1]  # the last definition counts when the file is imported
        is_function = isinstance(statement, ast.FunctionDef) and _takes_an_event(statement)
        if is_function or (name in USUAL and _is_made(code, file, statement)):
            yield Handler(Definition(file.path, name), statement.lineno)


def _takes_an_event(function: FunctionNode) -> bool:
    """Tell whether a function can be called with an event and a context, and looks as if it were."""
    arguments = function.args
    names = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]]
    required = len(names) - len(arguments.defaults)
    if any(default is None for default in arguments.kw_defaults) or required > 2:
        return False
    if len(names) < 2:
        return function.name in USUAL and arguments.vararg is not None
    is_usual = names[0].lower().strip("_") in _EVENTS and names[1].lower().strip("_") in _CONTEXTS
    return is_usual or function.name in USUAL


def _is_made(code: CodeBase, file: PythonFile, statement: ast.stmt) -> bool:
    """Tell whether a handler is assigned, as in `handler = make_handler()`; log handlers are not meant."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if isinstance(value, ast.Lambda):
        return len(value.args.args) == 2
    if isinstance(value, ast.Name | ast.Attribute):
        return True
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return not name.endswith("Handler") or code.find(file, name) is not None


def _odd(file: PythonFile) -> Iterator[tuple[Definition, str]]:
    """Yield what has a handler's parameters, but cannot be one."""
    for name, statements in file.definitions.items():
        statement = statements[-1]
        definition = Definition(file.path, name)
        if isinstance(statement, ast.AsyncFunctionDef) and _takes_an_event(statement):
            why = "Lambda's Python runtime does not await an async def; call it in a plain function with asyncio.run"
            yield definition, f"{file.path}:{statement.lineno}: {name}: {why}"
        if isinstance(statement, ast.ClassDef):
            for method in statement.body:
                if isinstance(method, FunctionNode) and _is_method_of_event(method):
                    why = f"a method is not a handler; define handler = {name}().{method.name} in the file"
                    yield definition, f"{file.path}:{method.lineno}: {name}.{method.name}: {why}"


def _is_method_of_event(method: FunctionNode) -> bool:
    names = [argument.arg.lower().strip("_") for argument in method.args.args]
    return names[-2:] in ([event, context] for event in ("event", "evt") for context in ("context", "ctx"))
