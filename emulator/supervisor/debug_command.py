"""The command of a function that is debugged: its own, started under debugpy."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FAR_S = 12 * 3600.0  #: how far the deadline of a call is that begins while a debugger is attached
#: Modules that are frozen into the interpreter cannot be traced, and debugpy warns of them
WITHOUT_FROZEN_MODULES = ("-X", "frozen_modules=off")
LAUNCH = os.path.join(os.path.dirname(__file__), "debug_launch.py")


@dataclass(frozen=True)
class DebugCommand:
    """The part of the emulator's `configure` message that concerns debugging."""

    debugpy: str  #: the folder that has the package debugpy
    wait: bool  #: the runtime starts only after a debugger has attached

    @staticmethod
    def of(configuration: Mapping[str, Any]) -> DebugCommand | None:
        """Return what a configuration says; None if the function is not debugged."""
        found = configuration.get("debug")
        return DebugCommand(str(found["debugpy"]), bool(found["wait"])) if found else None

    def around(self, command: Sequence[str], port: int) -> list[str]:
        """Return the command that starts `python -m MODULE` under debugpy, which takes debuggers at this port."""
        python, flags, rest = command[0], [], list(command[1:])
        if rest[:1] == ["-B"]:  # write no bytecode
            flags, rest = rest[:1], rest[1:]
        if not rest or rest[0] != "-m" or "python" not in os.path.basename(python):
            raise OSError(f"{' '.join(command)} cannot be debugged: only python -m MODULE can")
        options = json.dumps({"debugpy": self.debugpy, "port": port, "wait": self.wait})
        return [python, *flags, *WITHOUT_FROZEN_MODULES, LAUNCH, options, *rest]
