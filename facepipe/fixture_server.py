"""Runs `facepipe up` on free ports for the tests of a project: python -m facepipe.fixture_server FILE OPTION...

It writes the ports to FILE as JSON before it starts, and ends when the process that started it ends, however that ends.
"""

import ctypes
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from facepipe.own_sources import use_own_sources

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Choose ports, write them down and run."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before it was asked for
        return
    use_own_sources()
    from emulator.free_ports import free_ports  # noqa: PLC0415  # not on Python's path before
    from emulator.setting import as_arguments  # noqa: PLC0415
    from facepipe.__main__ import program  # noqa: PLC0415

    file, options = Path(arguments[0]), arguments[1:]
    ports = free_ports()
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(asdict(ports)), encoding="utf-8")
    part.replace(file)
    program(["up"])(["up", *options, *as_arguments(ports)])


if __name__ == "__main__":
    main(sys.argv[1:])
