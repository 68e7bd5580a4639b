"""How the processes of one prepared function are started."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Launch:
    """A function's folder, handler, and variables of its image, and the Python of its virtual environment."""

    folder: Path
    python: Path
    handler: str
    variables: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()  #: the command of a runtime of its own, which takes the place of awslambdaric
    layers: tuple[str, ...] = ()  #: folders of layers with Python modules
    extensions: tuple[str, ...] = ()  #: files of external extensions

    @property
    def command(self) -> list[str]:
        """The command. It runs in the function's folder, which comes first on Python's path.

        -B: no bytecode is written there, as on Lambda, where the folder is read-only. After two saves in one second,
        bytecode of the first could be taken for that of the second (reload/bytecode.py).
        """
        return list(self.words) or [str(self.python), "-B", "-m", "awslambdaric", self.handler]

    @property
    def location_variables(self) -> dict[str, str]:
        """Lambda's variables that depend on where the code is, and the path to the modules of layers."""
        path = {"PYTHONPATH": os.pathsep.join(self.layers)} if self.layers else {}
        programs = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])
        own = {"PATH": programs} if self.words else {}
        return {"LAMBDA_TASK_ROOT": str(self.folder), "_HANDLER": self.handler, **path, **own}

    @property
    def module_places(self) -> str:
        """The places where Python looks for modules, for messages."""
        return ", ".join([str(self.folder), *self.layers]) + f" and the packages of {self.python.parent.parent}"
