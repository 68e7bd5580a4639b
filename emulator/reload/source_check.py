"""Finds mistakes in Python files without running them. It is a program, which the function's own Python runs.

Standard input: {"folder": …, "files": […]} as JSON; output: a list of {"file", "line", "text", "problem", "syntax"}.
Standard library only, Python >= 3.8.
"""

# ruff: noqa: PTH113, PTH123  # it runs after each save: pathlib costs time
from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import json
import os
import sys
import warnings
from typing import Any

MOST_TEXT = 120


def main() -> None:
    """Check the files that standard input names."""
    warnings.simplefilter("ignore")
    order = json.load(sys.stdin)
    sys.path[0] = order["folder"]
    found: list[dict[str, Any]] = []
    for file in order["files"]:
        try:
            with open(file, "rb") as opened:
                source = opened.read()
        except OSError:  # it was removed
            continue
        found += check(file, source)
    json.dump(found, sys.stdout)


def check(file: str, source: bytes) -> list[dict[str, Any]]:
    """Return the mistakes of one file: a syntax error, or else imports of modules that are nowhere."""
    lines = source.decode("utf-8", "replace").splitlines()
    try:
        tree = ast.parse(source, file)
        compile(source, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        kind = type(error).__name__
        return [_mistake(file, error.lineno or 0, lines, f"{kind}: {error.msg}", syntax=True)]
    except (ValueError, RecursionError, MemoryError) as error:
        return [_mistake(file, 0, lines, f"cannot be compiled: {error}", syntax=True)]
    if b"sys.path" in source or b"site.addsitedir" in source:
        return []  # it may make more modules available
    return [
        _mistake(file, line, lines, f"No module named {module!r}", syntax=False)
        for line, module in _imports(tree)
        if not _exists(module)
    ]


def _imports(tree: ast.Module) -> list[tuple[int, str]]:
    """Return the imports that are made in any case: those in the file's outermost block."""
    found: list[tuple[int, str]] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.lineno, node.module))
    return found


def _exists(module: str) -> bool:
    """Return whether a module can be found; if that is not certain, it is said to exist. Nothing is imported."""
    first, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(first)
        if spec is None:
            return False
        for name in rest:
            places = spec.submodule_search_locations
            if places is None or not _is_plain(spec):
                return True
            spec = importlib.machinery.PathFinder.find_spec(f"{first}.{name}", list(places))
            if spec is None:
                return False
            first = f"{first}.{name}"
    except (ImportError, ValueError, AttributeError):
        return True
    return True


def _is_plain(package: importlib.machinery.ModuleSpec) -> bool:
    """Return whether a package has only the modules in its folder: its code adds none to them."""
    if not package.origin or not os.path.isfile(package.origin):
        return True  # a folder without __init__.py
    with open(package.origin, "rb") as opened:
        return b"__path__" not in (text := opened.read()) and b"sys.modules" not in text


def _mistake(file: str, line: int, lines: list[str], problem: str, *, syntax: bool) -> dict[str, Any]:
    text = lines[line - 1].strip()[:MOST_TEXT] if 0 < line <= len(lines) else ""
    return {"file": file, "line": line, "text": text, "problem": problem, "syntax": syntax}


if __name__ == "__main__":
    main()
