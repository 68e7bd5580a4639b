"""How the processes of one prepared function are started."""

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

    @property
    def command(self) -> list[str]:
        """The command. It runs in the function's folder, which comes first on Python's path."""
        return [str(self.python), "-m", "awslambdaric", self.handler]

    @property
    def location_variables(self) -> dict[str, str]:
        """Lambda's variables that depend on where the code is."""
        return {"LAMBDA_TASK_ROOT": str(self.folder), "_HANDLER": self.handler}

    @property
    def module_places(self) -> str:
        """The places where Python looks for modules, for messages."""
        return f"{self.folder} and the packages of {self.python.parent.parent}"
