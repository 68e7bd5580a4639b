"""Lets a process of facepipe import services, emulator and images of facepipe, wherever it runs.

In a wheel they are not top-level packages, so that they and a project's own packages of these names never meet. Only
processes of facepipe itself call this: in a process of a project's tests, `services` is the project's.
"""

import sys

from facepipe.paths import sources


def use_own_sources() -> None:
    """Put the folder of services/, emulator/ and images/ first on Python's path."""
    sys.path.insert(0, str(sources()))
