"""Finds where the code of the stack's functions is now, and with which Python it runs."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.project.launch import Launch
from emulator.reload.code_places import CodePlace
from emulator.resources import Function
from emulator.settings import Native


@dataclass(frozen=True, slots=True)
class RunConditions:
    """What a function's code is run with."""

    python: Path | None  #: None: an image's, which cannot be asked
    folder: Path
    variables: tuple[tuple[str, str], ...]
    handler: str


class Places(Protocol):
    """Where the code of all functions is."""

    @property
    def project(self) -> Path:
        """The template's folder."""
        ...

    def all(self) -> list[CodePlace]:
        """Return the place of each function whose code is in files of the project."""
        ...

    def running(self, name: str) -> RunConditions:
        """Return what a function's code is run with."""
        ...


@dataclass(frozen=True, slots=True)
class FunctionPlaces:
    """The places of all functions' code."""

    functions: Mapping[str, Function]  #: as they are now
    native: Native
    project: Path  #: the template's folder
    launch: Callable[[str], Launch | None]  #: how a function was started last

    def all(self) -> list[CodePlace]:
        """Return the place of each function whose code is in files of the project."""
        return [self._of(function) for function in self.functions.values() if function.source.inline is None]

    def running(self, name: str) -> RunConditions:
        """Return what a function's code is run with."""
        launch = self.launch(name)
        if launch is None:
            function = self.functions.get(name)
            handler = function.command[-1] if function and function.command else ""
            return RunConditions(Path(sys.executable), self.native.root, tuple(self.native.variables.items()), handler)
        variables = {**launch.variables, **launch.location_variables}
        return RunConditions(launch.python, launch.folder, tuple(variables.items()), launch.handler)

    def _of(self, function: Function) -> CodePlace:
        source, launch = function.source, self.launch(function.name)
        recipes: tuple[Path, ...] = ()
        if source.context is not None:
            recipes = ((self.project / source.context / source.dockerfile).resolve(),)
        elif source.folder is not None and source.folder.endswith(".zip"):  # it is unpacked elsewhere
            recipes = ((self.project / source.folder).resolve(),)
        if launch:
            return CodePlace(function.name, (launch.folder, *map(Path, launch.layers)), recipes)
        if source.is_local:  # it could not be started: perhaps its folder is missing
            return CodePlace(function.name, ((self.project / (source.folder or source.context or "")).resolve(),))
        return CodePlace(function.name, self.native.watched)
