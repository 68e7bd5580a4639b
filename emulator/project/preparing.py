"""Prepares the functions of a project: plans each, makes its virtual environment, and reports each step."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.project.launch import Launch
from emulator.project.plans import FunctionPlan, ProjectError, plan, without_source
from emulator.project.pythons import Interpreter, nearest
from emulator.project.virtual_environments import VirtualEnvironments
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class Preparation:
    """The settings that are common to all functions of a project."""

    project: Path  #: the template's folder
    made: Path  #: where virtual environments and inline code are kept
    say: Callable[[str], None]
    strict_runtime: bool = False  #: refuse to run a function on another version of Python
    whole: bool = True  #: also run image functions without a source, from the project's folder
    _prepared: dict[str, Launch | None] = field(default_factory=dict)  #: before the start, by the code's version
    _installing: threading.Lock = field(default_factory=threading.Lock)

    def prepare_all(self, functions: Sequence[Function]) -> None:
        """Prepare the functions before the start. Raises `ProjectError`, which names what is missing."""
        self._prepared.update({_key(function): self._launch_of_ours(function) for function in functions})

    def launch(self, function: Function) -> Launch | None:
        """Return how a function is started; None if it is one of the checkout. Raises `ProjectError`."""
        key = _key(function)
        return self._prepared.pop(key) if key in self._prepared else self._launch_of_ours(function)

    def _launch_of_ours(self, function: Function) -> Launch | None:
        return self._launch(function) if self._is_ours(function) else None

    def _is_ours(self, function: Function) -> bool:
        return self.whole or function.source.is_local or bool(function.runtime)

    def _launch(self, function: Function) -> Launch:
        name = function.name
        planned = plan(function, self.project) if function.source.is_local else without_source(function, self.project)
        folder = planned.folder if planned.inline is None else self._write_inline(name, planned.inline)
        self.say(f"{name}: {planned.handler} in {'its template' if planned.inline is not None else folder}")
        for note in planned.notes:
            self.say(f"{name}: {note}")
        interpreter = self._interpreter(name, planned)
        environments = VirtualEnvironments(self.made / "environments", self.say)
        with self._installing:  # two functions may need the same environment
            python = environments.python(name, folder, planned.pip, interpreter)
        return Launch(folder, python, planned.handler, planned.variables)

    def _interpreter(self, name: str, planned: FunctionPlan) -> Interpreter:
        found = nearest(planned.python)
        if planned.python and found.version != planned.python:
            problem = f"{name}: Python {planned.python} is not on this machine"
            if self.strict_runtime:
                raise ProjectError(f"{problem}; install it, or leave out --strict-runtime")
            self.say(f"warning: {problem}; it runs on {found.version}, the nearest")
        return found

    def _write_inline(self, name: str, text: str) -> Path:
        folder = self.made / "inline" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.py").write_text(text, encoding="utf-8")
        return folder


def _key(function: Function) -> str:
    return f"{function.name} {function.code_version}"
