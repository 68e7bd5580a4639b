"""All Python files of a project: which file an import means, and all that a definition uses."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from facepipe.starting.python_file import Imported, PythonFile


@dataclass(frozen=True, slots=True)
class Definition:
    """A name that a file defines at its top."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class CodeBase:
    """The files by their paths."""

    files: Mapping[str, PythonFile]

    def used_by(self, start: Definition) -> list[Definition]:
        """Return a definition with all others of the project that it uses, however indirectly."""
        found, left = {start: None}, [start]
        while left:
            current = left.pop()
            for statement in self.files[current.path].definitions.get(current.name, ()):
                for used in self._mentioned(self.files[current.path], statement):
                    if used not in found:
                        found[used] = None
                        left.append(used)
        return list(found)

    def find(self, file: PythonFile, name: str) -> Definition | None:
        """Return what a name in a file stands for, if the project defines it."""
        if name in file.definitions:
            return Definition(file.path, name)
        if name in file.imports:
            imported = file.imports[name]
            module = self.module(file.path, imported)
            return self._member(module, imported.member) if module and imported.member else None
        for star in file.stars:
            module = self.module(file.path, star)
            if module and name in self.files[module].definitions:
                return Definition(module, name)
        return None

    def find_attribute(self, file: PythonFile, node: ast.Attribute) -> Definition | None:
        """Return what `module.name` stands for, if the project defines it."""
        dotted = _dotted(node.value)
        imported = file.imports.get(dotted)
        if imported is None:
            return None
        whole = Imported(_joined(imported.module, imported.member), imported.level)
        module = self.module(file.path, whole)
        return self._member(module, node.attr) if module else None

    def module(self, path: str, imported: Imported) -> str | None:
        """Return the path of the file that an import in a file means; None if it is not the project's."""
        below = imported.module.replace(".", "/")
        for folder in _folders(path, imported.level):
            base = str(folder / below)
            for candidate in (f"{base}.py", f"{base}/__init__.py".removeprefix("./")):
                if candidate in self.files and candidate != path:
                    return candidate
        return None

    def _member(self, module: str, name: str) -> Definition | None:
        """Return a module's member; one that it has imported itself is followed, but not in a circle."""
        file = self.files[module]
        if name in file.definitions:
            return Definition(module, name)
        imported = file.imports.get(name)
        again = self.module(module, imported) if imported and imported.member else None
        return Definition(again, imported.member) if again and imported else None

    def _mentioned(self, file: PythonFile, statement: ast.stmt) -> Iterator[Definition]:
        for node in ast.walk(statement):
            found = None
            if isinstance(node, ast.Name):
                found = self.find(file, node.id)
            elif isinstance(node, ast.Attribute):
                found = self.find_attribute(file, node)
            if found is not None:
                yield found


def _folders(path: str, level: int) -> list[PurePosixPath]:
    """Return where a module is looked for: in the file's folder and those above it; with dots in one of them alone."""
    parents = list(PurePosixPath(path).parents)
    return parents[level - 1 : level] if level else parents


def _joined(module: str, member: str) -> str:
    return f"{module}.{member}".strip(".")


def _dotted(node: ast.expr) -> str:
    """Return an expression such as a.b as text; an empty one for any other."""
    if isinstance(node, ast.Name):
        return node.id
    below = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{below}.{node.attr}" if below and isinstance(node, ast.Attribute) else ""
