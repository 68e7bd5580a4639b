"""Where the code is that is copied into the images of functions (`facepipe up --docker`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.reload.code_places import CodePlace
from emulator.reload.function_places import RunConditions
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class ImagePlaces:
    """The places of all functions' code. Images that are only named have none."""

    functions: Mapping[str, Function]  #: as they are now
    project: Path  #: the template's folder

    def all(self) -> list[CodePlace]:
        """Return the place of each function whose image is built from files of the project."""
        return [
            CodePlace(function.name, (self._folder(function),), is_built=True)
            for function in self.functions.values()
            if function.source.inline is None and function.source.is_local
        ]

    def running(self, name: str) -> RunConditions:
        """Return what a function's code is run with, as far as it is known outside of its image."""
        function = self.functions.get(name)
        handler = function.command[-1] if function and function.command else ""
        folder = self._folder(function) if function else self.project
        return RunConditions(None, folder, (), handler)

    def _folder(self, function: Function) -> Path:
        return (self.project / (function.source.context or function.source.folder or "")).resolve()
