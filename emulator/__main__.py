"""`python -m emulator`: runs the emulator in a container; variables named FACEPIPE_… are its settings."""

import asyncio
import os
import sys

from emulator.app import run
from emulator.loading import EmulatorError
from emulator.log_text import log_to_stderr, printable
from emulator.setting import SettingsError
from emulator.settings import from_environment


def main() -> int:
    """Run until the process is stopped; return the exit code."""
    log_to_stderr("%(asctime)s %(name)s: %(message)s")
    try:
        asyncio.run(run(from_environment(os.environ), lambda line: print(printable(line), flush=True)))
    except (EmulatorError, SettingsError) as error:
        for line in f"facepipe: {error}".split("\n"):  # a template may have several problems
            print(printable(line), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
