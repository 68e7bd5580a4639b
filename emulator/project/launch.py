"""How one function's processes are started, once everything is in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Launch:
    """A function's folder, the Python of its virtual environment, its handler, and what its image would set."""

    folder: Path
    python: Path
    handler: str
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """The command; its working directory, the folder, comes first on its path."""
        return [str(self.python), "-m", "awslambdaric", self.handler]

    @property
    def location_variables(self) -> dict[str, str]:
        """The variables of Lambda that depend on where the code is."""
        return {"LAMBDA_TASK_ROOT": str(self.folder), "_HANDLER": self.handler}

    @property
    def looked_in(self) -> str:
        """Where a module is looked for, in words."""
        return f"{self.folder} and the packages of {self.python.parent.parent}"
