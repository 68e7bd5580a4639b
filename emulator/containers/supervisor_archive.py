"""Puts the supervisor, as one archive, and RIE where containers mount them from."""

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path

import emulator
from emulator.containers.container_arguments import ARCHIVE, RIE_PROGRAM

_MAIN = "from emulator.supervisor.__main__ import main\nmain()\n"


def make_tools(folder: Path, rie: Path) -> Path:
    """Return a folder below `folder` with the supervisor's archive and RIE, if that is there.

    Its name depends on the contents, so that a running emulator of another version keeps its own.
    """
    sources = supervisor_sources()
    parts = [(f"emulator/{name}", text) for name, text in sources.items()] + [("__main__.py", _MAIN)]
    digest = hashlib.sha256(repr(parts).encode())
    if rie.is_file():
        digest.update(str((rie.stat().st_size, rie.stat().st_mtime_ns)).encode())
    tools = folder / digest.hexdigest()[:12]
    if not tools.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder))
        _write(made, parts, rie)
        try:
            made.rename(tools)
        except OSError:  # another emulator was faster
            shutil.rmtree(made)
    return tools


def supervisor_sources() -> dict[str, str]:
    """Return the files of the supervisor by their names in the package `emulator`."""
    root = Path(emulator.__file__).parent
    files = [root / "__init__.py", *sorted((root / "supervisor").glob("*.py"))]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}


def _write(made: Path, parts: list[tuple[str, str]], rie: Path) -> None:
    with zipfile.ZipFile(made / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts:
            archive.writestr(name, text)
    (made / ARCHIVE).chmod(0o644)  # the containers' user reads them
    made.chmod(0o755)
    if rie.is_file():
        shutil.copyfile(rie, made / RIE_PROGRAM)
        (made / RIE_PROGRAM).chmod(0o755)
