"""`python -m emulator`: runs the emulator in a container; variables named FACEPIPE_… are its settings."""

import asyncio
import logging
import os
import sys

from emulator.app import run
from emulator.loading import EmulatorError
from emulator.settings import SettingsError, from_environment


def main() -> int:
    """Run until the process is stopped; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        asyncio.run(run(from_environment(os.environ), lambda line: print(line, flush=True)))
    except (EmulatorError, SettingsError) as error:
        print(f"facepipe: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
