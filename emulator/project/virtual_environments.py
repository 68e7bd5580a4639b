"""Makes the functions' virtual environments: one for each combination of pip arguments, requirements and Python."""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.project.plans import ProjectError
from emulator.project.pythons import Interpreter, own

RUNTIME = ("awslambdaric", "boto3")  #: the packages of Lambda's Python besides the standard library
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")
VENV_CURE = "install Python's venv module (on Debian and Ubuntu: sudo apt install python3-venv)"
_COMPLETE = "complete"  #: the file that marks a complete environment
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class VirtualEnvironments:
    """The virtual environments in a folder."""

    made: Path
    say: Callable[[str], None]

    def python(self, function: str, folder: Path, wanted: Sequence[Sequence[str]], interpreter: Interpreter) -> Path:
        """Return the Python of an environment with these packages; make the environment if there is none yet.

        Paths in a file of requirements are relative to it; all others to `folder`, the function's folder.
        """
        place = self.made / content_hash(wanted, interpreter)
        python = place / "bin/python"
        if (place / _COMPLETE).exists() and python.exists():
            return python
        place.parent.mkdir(parents=True, exist_ok=True)
        with self._locked(function, place):
            if not (place / _COMPLETE).exists() or not python.exists():  # another program may have made it meanwhile
                self._make(function, folder, place, wanted, interpreter)
        return python

    @contextlib.contextmanager
    def _locked(self, function: str, place: Path) -> Iterator[None]:
        """Let one program at a time make an environment; the lock ends with its program, however that ends."""
        with place.with_name(f"{place.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say(f"{function}: another facepipe is making its virtual environment; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(
        self, function: str, folder: Path, place: Path, wanted: Sequence[Sequence[str]], interpreter: Interpreter
    ) -> None:
        """Make an environment; what is left of one that was not completed is removed."""
        shutil.rmtree(place, ignore_errors=True)
        python = place / "bin/python"
        is_own = interpreter.version == own().version
        without_pip = [] if wanted or not is_own else ["--without-pip"]
        self.say(f"{function}: making a virtual environment of Python {interpreter.version}")
        _run(function, folder, [interpreter.path, "-m", "venv", *without_pip, str(place)], VENV_CURE)
        for arguments in wanted:
            self.say(f"{function}: pip install {' '.join(arguments)}")
            _install(function, _beside(arguments, folder), [str(python), *PIP, "install", *arguments])
        packages = next(place.glob("lib/python*/site-packages"))
        if is_own:
            link_own_runtime(place / "runtime")
        else:
            self.say(f"{function}: pip install {' '.join(RUNTIME)}")
            target = ["--target", str(place / "runtime")]
            _install(function, folder, [str(python), *PIP, "install", *target, *RUNTIME])
        # The runtime comes after the function's own packages, as on Lambda (/var/task before /var/runtime).
        (packages / "lambda_runtime.pth").write_text(f"{place / 'runtime'}\n", encoding="utf-8")
        if interpreter.packages:
            line = f"import site; site.addsitedir({interpreter.packages!r})\n"
            (packages / "chosen_python.pth").write_text(line, encoding="utf-8")  # read before lambda_runtime.pth
        (place / _COMPLETE).touch()


def content_hash(wanted: Sequence[Sequence[str]], interpreter: Interpreter) -> str:
    """Return a hash of the arguments, the contents of the files they name, and the Python."""
    python = f"{interpreter.path} {interpreter.version} {interpreter.packages}"
    digest = hashlib.sha256(f"{python}\n{_runtime_versions()}".encode())
    for argument in (argument for arguments in wanted for argument in arguments):
        path = Path(argument)
        digest.update(f"\n{argument}\n".encode())
        for file in _files(path) if path.is_absolute() else ():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def link_own_runtime(folder: Path) -> None:
    """Link the runtime's packages from the emulator's own environment, which needs no network."""
    folder.mkdir()
    for distribution in _with_dependencies(RUNTIME):
        for name in sorted({file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}):
            target = Path(str(distribution.locate_file(name)))
            if name != "__pycache__" and not (folder / name).is_symlink() and target.exists():
                (folder / name).symlink_to(target)


def _with_dependencies(names: Sequence[str]) -> Iterator[importlib.metadata.Distribution]:
    """Yield packages of the emulator's environment, and all their dependencies."""
    left, seen = list(names), set[str]()
    while left:
        name = left.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        yield distribution
        needed = (text for text in distribution.requires or () if "extra ==" not in text)
        left += [match[0] for text in needed if (match := _NAME.match(text))]


def _runtime_versions() -> str:
    return " ".join(
        f"{distribution.name}={distribution.version} {distribution.locate_file('')}"
        for distribution in _with_dependencies(RUNTIME)
    )


def _files(path: Path) -> list[Path]:
    """Return a requirements file and those beside it, which it may include."""
    return sorted(path.parent.glob("*requirements*.txt")) if path.is_file() else []


def _beside(arguments: Sequence[str], folder: Path) -> Path:
    """Return the folder to which paths in a file of requirements are relative: an image's code may be in another."""
    files = (Path(argument) for argument in arguments if argument.endswith(".txt"))
    return next((file.parent for file in files if file.is_absolute() and file.is_file()), folder)


def _install(function: str, folder: Path, command: Sequence[str]) -> None:
    cure = "correct what its requirements name, or connect to the network, and start again"
    _run(function, folder, command, cure)


def _run(function: str, folder: Path, command: Sequence[str], cure: str) -> None:
    """Run a command; if it fails, the error has its last lines of output."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        why = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {done.returncode}"
        raise ProjectError(f"{function}: its packages could not be installed ({why}); {cure}")
