"""Which files of its folder a handler imports, as far as this can be read from the code; nothing is run."""

import ast
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: code with one of these may import what cannot be read from it
DYNAMIC = (b"import_module", b"__import__", b"pkgutil", b"runpy", b"exec(", b"sys.path", b"spec_from_file")


@dataclass(frozen=True, slots=True)
class ImportedFiles:
    """The files that a handler imports, directly and through others."""

    files: frozenset[Path] = frozenset()
    certain: bool = False  #: False: there may be more


@dataclass(frozen=True, slots=True)
class _FileImports:
    """What one file imports: absolute names, each with all that it may mean."""

    state: tuple[int, int]
    names: frozenset[str]
    dynamic: bool


@dataclass(slots=True)
class ImportReader:
    """Reads imports, each state of a file once."""

    _sources: dict[Path, _FileImports] = field(default_factory=dict)

    def read(self, folder: Path, handler: str) -> ImportedFiles:
        """Return the files below a folder that a handler such as `package/app.handler` imports."""
        module = handler.rpartition(".")[0].replace("/", ".")
        left, files, certain = list(_files(folder, module)), set[Path](), True
        if not left:
            return ImportedFiles()
        while left:
            file = left.pop()
            if file not in files:
                files.add(file)
                source = self._read(file, folder)
                certain = certain and source is not None and not source.dynamic
                for name in source.names if source else ():
                    left += _files(folder, name)
        return ImportedFiles(frozenset(files), certain)

    def _read(self, file: Path, folder: Path) -> _FileImports | None:
        try:
            found = file.stat()
            state = (found.st_mtime_ns, found.st_size)
            known = self._sources.get(file)
            if known is None or known.state != state:
                text = file.read_bytes()
                names = frozenset(_names(ast.parse(text), _package(file, folder)))
                known = self._sources[file] = _FileImports(state, names, any(word in text for word in DYNAMIC))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return known


def left_to_others(file: Path, function: str, imported: Mapping[str, ImportedFiles]) -> bool:
    """Return whether a file concerns only other functions: they import it, and this function certainly does not."""
    own = imported[function]
    if not own.certain or file in own.files:
        return False
    return any(file in others.files for name, others in imported.items() if name != function)


def _names(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the names of imported modules; `from a import b` may mean the module a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _files(folder: Path, module: str) -> Iterator[Path]:
    """Yield the files below a folder that are run when a module is imported: its packages' and its own."""
    place = str(folder)
    for part in module.split("."):
        place = os.path.join(place, part)  # noqa: PTH118  # for hundreds of names
        for file in (f"{place}/__init__.py", f"{place}.py"):
            if part and os.path.isfile(file):  # noqa: PTH113
                yield Path(file)


def _package(file: Path, folder: Path) -> str:
    return ".".join(file.relative_to(folder).parent.parts)
