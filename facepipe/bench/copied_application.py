"""`python -m facepipe.bench.copied_application FOLDER [SETTINGS]` runs a copy of the application, which may change.

Its functions import `services` from the copy; the emulator and everything else is this checkout's.
"""

import asyncio
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from emulator.app import run
from emulator.log_text import log_to_stderr
from emulator.setting import read_settings
from emulator.settings import Settings
from facepipe.local_settings import local_settings
from facepipe.paths import Paths


def copy_application(paths: Paths, folder: Path) -> None:
    """Copy the template and the functions' code."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(paths.template, folder)
    shutil.copytree(paths.services, folder / "services", ignore=shutil.ignore_patterns("__pycache__"))


def main(arguments: Sequence[str]) -> None:
    """Run until SIGINT."""
    folder, texts = Path(arguments[0]), arguments[1:]
    given: dict[str, list[str]] = {}
    for flag, text in zip(texts[::2], texts[1::2], strict=True):
        given.setdefault(flag, []).append(text)
    log_to_stderr("%(asctime)s %(message)s")
    settings = read_settings(Settings(), given, {})
    gallery = folder / "gallery.npz"
    asyncio.run(run(local_settings(Paths(folder), settings, gallery), logging.getLogger("up").info))


if __name__ == "__main__":
    main(sys.argv[1:])
