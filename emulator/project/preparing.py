"""Prepares the functions of a project: plans each, makes its virtual environment, and reports each step."""

import shlex
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.project.archives import with_unpacked
from emulator.project.chosen_plans import chosen_plan
from emulator.project.extension_files import extension_files
from emulator.project.function_options import NOTHING_CHOSEN
from emulator.project.launch import Launch
from emulator.project.plans import FunctionPlan, OtherLanguageError, ProjectError
from emulator.project.project_options import ProjectOptions
from emulator.project.python_layers import modules_of_layer
from emulator.project.pythons import Interpreter, named, nearest
from emulator.project.virtual_environments import VirtualEnvironments
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class Preparation:
    """The settings that are common to all functions of a project."""

    project: Path  #: the template's folder
    made: Path  #: where virtual environments and inline code are kept
    say: Callable[[str], None]
    options: ProjectOptions = ProjectOptions()
    strict_runtime: bool = False  #: refuse to run a function on another version of Python
    whole: bool = True  #: also run image functions without a source, from the project's folder
    _prepared: dict[str, Launch | None] = field(default_factory=dict)  #: before the start, by the code's version
    _said: set[str] = field(default_factory=set)
    _installing: threading.Lock = field(default_factory=threading.Lock)

    def prepare_all(self, functions: Sequence[Function]) -> None:
        """Prepare the functions before the start. Raises `ProjectError`, which names what is missing.

        A function that is not Python is left to `launch`, which refuses it; the others run.
        """
        refused = []
        for function in functions:
            try:
                self._prepared[_key(function)] = self._launch_of_ours(function)
            except OtherLanguageError as error:
                refused.append(error)
        if refused and len(refused) == len(functions):
            raise refused[0]

    def launch(self, function: Function) -> Launch | None:
        """Return how a function is started; None if it is one of the checkout. Raises `ProjectError`."""
        key = _key(function)
        return self._prepared.pop(key) if key in self._prepared else self._launch_of_ours(function)

    def _launch_of_ours(self, function: Function) -> Launch | None:
        return self._launch(function) if self._is_ours(function) else None

    def _is_ours(self, function: Function) -> bool:
        chosen = self.options.of(function.name, function.logical_id)
        return self.whole or function.source.is_local or bool(function.runtime) or chosen != NOTHING_CHOSEN

    def _launch(self, function: Function) -> Launch:
        name = function.name
        unpacked = with_unpacked(function, self.project, self.made)
        planned = chosen_plan(unpacked, self.project, self.options.of(name, function.logical_id))
        folder = planned.folder if planned.inline is None else self._write_inline(name, planned.inline)
        what = shlex.join(planned.words) or planned.handler
        self._say_once(f"{name}: {what} in {'its template' if planned.inline is not None else folder}")
        for note in planned.notes:
            self._say_once(f"{name}: {note}")
        interpreter = self._interpreter(name, planned)
        environments = VirtualEnvironments(self.made / "environments", self.say)
        with self._installing:  # two functions may need the same environment
            python = environments.python(name, folder, planned.pip, interpreter)
        layers = tuple(str(place) for layer in planned.layers for place in modules_of_layer(layer))
        extensions = extension_files(planned.layers, planned.extensions)
        return Launch(folder, python, planned.handler, planned.variables, planned.words, layers, extensions)

    def _interpreter(self, name: str, planned: FunctionPlan) -> Interpreter:
        if planned.interpreter:
            chosen = named(name, planned.interpreter)
            return replace(chosen, packages="") if planned.is_complete else chosen
        found = nearest(planned.python)
        if planned.python and found.version != planned.python:
            problem = f"{name}: Python {planned.python} is not on this machine"
            if self.strict_runtime:
                raise ProjectError(f"{problem}; install it, or leave out --strict-runtime")
            self._say_once(f"warning: {problem}; it runs on {found.version}, the nearest")
        return found

    def _say_once(self, text: str) -> None:
        """Say something that holds for every start of a function, but only when it is new."""
        if text not in self._said:
            self._said.add(text)
            self.say(text)

    def _write_inline(self, name: str, text: str) -> Path:
        folder = self.made / "inline" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.py").write_text(text, encoding="utf-8")
        return folder


def _key(function: Function) -> str:
    return f"{function.name} {function.code_version}"
