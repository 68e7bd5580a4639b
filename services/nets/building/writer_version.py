"""Tells this version of the writers from others, so that the files of another one are built anew."""

import hashlib
import platform
from pathlib import Path

NETS = Path(__file__).parents[1]


def writer() -> str:
    """Return the sha256 of all that shapes the files: the writers, the kernels, and the kind of machine."""
    sources = (*(NETS / "building").glob("*.py"), *(NETS / "kernels").glob("*.?pp"))
    content = b"".join(path.read_bytes() for path in sorted(sources))
    return hashlib.sha256(content + platform.machine().encode()).hexdigest()
