"""Files of a run that only its user may read: they show photos, names, or what functions logged."""

import os
from pathlib import Path

OWNER_ONLY = 0o600


def made_private(path: Path) -> Path:
    """Make the file empty, and readable by its owner only, also where an older one was readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
    try:
        os.fchmod(descriptor, OWNER_ONLY)  # before anything is in it
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
    return path
