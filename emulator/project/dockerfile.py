"""Reads from a Dockerfile what is needed to run its function without Docker; everything else is ignored."""

import json
import re
import shlex
from dataclasses import dataclass, field

TASK_ROOT = "/var/task"
_CONTINUED = re.compile(r"\\[ \t]*\n")
_PYTHON = re.compile(r"python[:/-]?(3\.\d+)")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_PIP = re.compile(r"(?:^|\s|/)pip[0-9.]*\s+install\s+(.*)", re.DOTALL)
#: options of `pip install` that have a value and do not affect what is installed
_VALUED = {"-t", "--target", "--prefix", "--root", "--cache-dir", "--platform", "--python-version", "--only-binary"}
_KEPT = {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-c", "--constraint", "-r", "--requirement"}
_MACHINE_VARIABLES = {"PATH", "HOME", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}
_KEPT_ALONE = {"--no-index", "--pre"}


@dataclass(slots=True)
class Recipe:
    """What a Dockerfile says about the function in its last stage."""

    python: str = ""  #: such as 3.12; empty if the base image does not name it
    copies: list[tuple[str, str]] = field(default_factory=list)  #: COPY and ADD: source in the context, destination
    pip: list[tuple[str, ...]] = field(default_factory=list)  #: arguments of each `pip install`
    command: tuple[str, ...] = ()
    entry_point: str = ""  #: as the Dockerfile has it
    variables: dict[str, str] = field(default_factory=dict)  #: set by ENV
    base: str = ""  #: the last stage's base image
    other_runs: list[str] = field(default_factory=list)  #: RUN lines that install something in another way
    _known: dict[str, str] = field(default_factory=lambda: {"LAMBDA_TASK_ROOT": TASK_ROOT})

    @property
    def copied(self) -> list[str]:
        """The sources of COPY and ADD, relative to the context."""
        return [source for source, _ in self.copies]

    def take(self, instruction: str, rest: str) -> None:
        """Read one instruction."""
        match instruction:
            case "FROM":
                self._from(rest)
            case "ARG" | "ENV":
                self._assign(instruction, rest)
            case "COPY" | "ADD" if "--from=" not in rest:
                words = _words(self._filled(rest))
                sources = [word for word in words[:-1] if not word.startswith("--") and "://" not in word]
                self.copies += [(source, words[-1]) for source in sources]
            case "RUN":
                self._run(self._filled(rest))
            case "ENTRYPOINT":
                self.entry_point = rest
            case "CMD":
                self.command = tuple(_words(rest))

    def _from(self, rest: str) -> None:
        """Begin a stage. Keep what earlier stages copy and install, because it is often copied from them."""
        words = [word for word in self._filled(rest).split() if not word.startswith("--")]
        self.base = words[0] if words else ""
        match = _PYTHON.search(self._filled(rest))
        self.python = match[1] if match else self.python
        self.command, self.entry_point = (), ""

    def _assign(self, instruction: str, rest: str) -> None:
        words = _words(self._filled(rest))
        if len(words) == 2 and "=" not in words[0]:  # ENV NAME value
            words = [f"{words[0]}={words[1]}"]
        pairs = dict(word.split("=", 1) for word in words if "=" in word)
        self._known.update(pairs)
        if instruction == "ENV":
            self.variables.update({name: value for name, value in pairs.items() if name not in _MACHINE_VARIABLES})

    def _run(self, line: str) -> None:
        for part in re.split(r"&&|;|\n", line):
            if match := _PIP.search(part):
                self.pip.append(tuple(_wanted(_words(match[1]))))
            elif re.search(r"\b(apt-get|apt|yum|dnf|apk|microdnf)\b.*\binstall\b|\b(make|cmake|poetry|uv)\b", part):
                self.other_runs.append(" ".join(part.split()))

    def _filled(self, text: str) -> str:
        return _VARIABLE.sub(lambda match: self._known.get(match[1], match[0]), text)


def read_dockerfile(text: str) -> Recipe:
    """Read a Dockerfile."""
    recipe = Recipe()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in _CONTINUED.sub(" ", "\n".join(lines)).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        recipe.take(instruction.upper(), rest.strip())
    return recipe


def _words(text: str) -> list[str]:
    """Return the words of an instruction, which is a JSON list or a shell command."""
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return [str(word) for word in found]
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _wanted(words: list[str]) -> list[str]:
    """Return the arguments of `pip install` that determine what is installed, and from where."""
    kept, rest = [], iter(words)
    for word in rest:
        name = word.split("=", 1)[0]
        if word in _VALUED:
            next(rest, None)
        elif word in _KEPT:
            kept += [word, next(rest, "")]
        elif not word.startswith("-") or word in _KEPT_ALONE or (name in _KEPT and "=" in word):
            kept.append(word)
    return kept
