"""Reads facepipe.toml, the file beside a template with what a user chooses for the project. Unknown keys are errors."""

import difflib
import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from emulator.project.function_options import KEYS, NOTHING_CHOSEN, FunctionOptions, split_command, with_option
from emulator.project.project_options import ProjectOptions, checked_service, checked_url
from emulator.setting import TextError

PROJECT_FILE = "facepipe.toml"
SECTIONS = ("functions", "endpoints", "resolve")
VARIABLES = "variables"
BYTES = 1 << 20  #: of the file at most


class ProjectFileError(RuntimeError):
    """The project's file cannot be used; the message has its path, the key and the cure."""


def read_project_file(folder: Path) -> ProjectOptions:
    """Return what the folder's facepipe.toml chooses; nothing if there is none. Raises `ProjectFileError`."""
    file = folder / PROJECT_FILE
    try:
        with file.open("rb") as opened:
            tree = tomllib.loads(opened.read(BYTES).decode("utf-8"))
    except FileNotFoundError:
        return ProjectOptions()
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectFileError(f"{file}: cannot be read ({error}); correct it") from error
    try:
        return _read(tree).beside(folder)
    except _KeyError as error:
        raise ProjectFileError(f"{file}: {error}") from error


class _KeyError(Exception):
    """A key or value is wrong; the message names the key and the cure."""


def _read(tree: Mapping[str, Any]) -> ProjectOptions:
    _check_keys("", tree, SECTIONS)
    functions = {name: _function(name, node) for name, node in _table("functions", tree).items()}
    endpoints = {}
    for name, url in _table("endpoints", tree).items():
        endpoints[_checked(f"endpoints.{name}", checked_service, name)] = _checked(
            f"endpoints.{name}", checked_url, _text(f"endpoints.{name}", url)
        )
    resolve = {name: _value(f"resolve.{json.dumps(name)}", node) for name, node in _table("resolve", tree).items()}
    return ProjectOptions(functions, endpoints, resolve)


def _function(name: str, node: Any) -> FunctionOptions:
    path = f"functions.{name}"
    if not isinstance(node, dict):
        raise _KeyError(f"{path}: must be a table; write [{path}] above its keys")
    _check_keys(f"{path}.", node, (*KEYS, VARIABLES))
    options = NOTHING_CHOSEN
    for key in KEYS:
        if key in node:
            options = _with_key(options, f"{path}.{key}", key, node[key])
    variables = node.get(VARIABLES, {})
    if not isinstance(variables, dict):
        raise _KeyError(f'{path}.{VARIABLES}: must be a table; write it as {{NAME = "value"}}')
    values = {name: _text(f"{path}.{VARIABLES}.{name}", value) for name, value in variables.items()}
    return FunctionOptions(options.code, options.python, options.requirements, options.command, values)


def _with_key(options: FunctionOptions, path: str, key: str, value: Any) -> FunctionOptions:
    if key == "command" and isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        words = tuple(value)
        return FunctionOptions(options.code, options.python, options.requirements, words)
    text = _text(path, value)
    if not text:
        raise _KeyError(f"{path}: is empty; give it a value, or leave it out")
    if key == "command":
        _checked(path, split_command, text)
    return with_option(options, key, text)


def _table(name: str, tree: Mapping[str, Any]) -> dict[str, Any]:
    table = tree.get(name, {})
    if not isinstance(table, dict):
        raise _KeyError(f"{name}: must be a table; write [{name}] above its keys")
    return table


def _text(path: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _KeyError(f"{path}: must be a text; put it between quotation marks")
    return value


def _value(path: str, value: Any) -> str:
    """Return a value as text; a table is the JSON of a secret with several keys."""
    return json.dumps(value) if isinstance(value, dict) else _text(path, value)


def _checked(path: str, check: Any, text: str) -> Any:
    try:
        return check(text)
    except TextError as error:
        raise _KeyError(f"{path}: {error}") from error


def _check_keys(path: str, table: Mapping[str, Any], known: Collection[str]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            cure = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(known)}"
            raise _KeyError(f"{path}{key}: is not a key of this file; {cure}")
