"""Removes the bytecode of saved files.

Python takes a file's bytecode as current if the second of its last change and its size are those of the source. After
two saves in one second, which leave the size as it was, an environment would run the code of the first.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path


def remove_bytecode(files: Iterable[Path]) -> None:
    """Remove the bytecode of these files that any version of Python has made beside them."""
    for file in files:
        if file.suffix == ".py":
            with contextlib.suppress(OSError):
                for made in (file.parent / "__pycache__").glob(f"{_escaped(file.stem)}.*.pyc"):
                    made.unlink(missing_ok=True)


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
