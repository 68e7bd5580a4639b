"""Mistakes in saved Python files, found by `source_check.py` in the function's own Python."""

import asyncio
import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.reload.code_places import describe_files

CHECK = Path(__file__).with_name("source_check.py")
CHECK_S = 15.0  #: a check that takes longer is abandoned


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in a file: a syntax error, or the import of a module that is not found."""

    file: Path
    line: int  #: 0: not known
    text: str  #: of the line
    problem: str
    syntax: bool

    def describe(self, base: Path) -> str:
        """Return file, line, problem and text; the file's name is relative to `base`, if it is below."""
        line = f", line {self.line}" if self.line else ""
        return f"{describe_files((self.file,), base)}{line}: {self.problem}" + (f": {self.text}" if self.text else "")


async def find_mistakes(
    files: Iterable[Path], python: Path, folder: Path, variables: Mapping[str, str]
) -> list[Mistake]:
    """Return the mistakes in Python files, as a function with this Python and folder would find them."""
    order = {"folder": str(folder), "files": [str(file) for file in files if file.suffix == ".py"]}
    if not order["files"]:
        return []
    answer = await _run_check(json.dumps(order).encode(), python, variables)
    found = json.loads(answer) if answer else []
    return [
        Mistake(Path(entry["file"]), entry["line"], entry["text"], entry["problem"], entry["syntax"]) for entry in found
    ]


async def _run_check(order: bytes, python: Path, variables: Mapping[str, str]) -> bytes:
    """Return the check's output; nothing if it cannot be run, or does not end."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        process = await asyncio.create_subprocess_exec(
            str(python),
            str(CHECK),
            env={**environment, **variables},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return b""
    try:
        async with asyncio.timeout(CHECK_S):
            output, _ = await process.communicate(order)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output if process.returncode == 0 else b""
