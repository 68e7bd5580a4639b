"""What a user chooses for a function of the project: in facepipe.toml, or with --function."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.setting import TextError

KEYS = ("code", "python", "requirements", "command")  #: of --function; facepipe.toml has `variables` as well
FORM = "write it as NAME:python=…,code=…,requirements=…,command=…"
_NEXT = re.compile(rf",(?=(?:{'|'.join(KEYS)})=)")


@dataclass(frozen=True, slots=True)
class FunctionOptions:
    """A function's own folder, Python, packages and command; an empty value is not chosen."""

    code: str = ""  #: its folder
    python: str = ""  #: a version such as 3.12, a name on the PATH, or the path of an interpreter
    requirements: str = ""  #: the file that names its packages
    command: tuple[str, ...] = ()  #: its handler, or the words that start a runtime of its own
    variables: Mapping[str, str] = field(default_factory=dict)  #: for local runs, instead of the template's

    @property
    def handler(self) -> str:
        """The handler that was chosen."""
        return self.command[0] if len(self.command) == 1 else ""

    @property
    def words(self) -> tuple[str, ...]:
        """The command that was chosen instead of Python's runtime."""
        return self.command if len(self.command) > 1 else ()

    def beside(self, folder: Path) -> "FunctionOptions":
        """Return the options with absolute paths; relative ones start at `folder`."""
        python = self.python
        return replace(
            self,
            code=str(folder / self.code) if self.code else "",
            requirements=str(folder / self.requirements) if self.requirements else "",
            python=str(folder / Path(python).expanduser()) if "/" in python else python,
        )

    def over(self, other: "FunctionOptions") -> "FunctionOptions":
        """Return these options, with another's where these are not chosen."""
        return FunctionOptions(
            self.code or other.code,
            self.python or other.python,
            self.requirements or other.requirements,
            self.command or other.command,
            {**other.variables, **self.variables},
        )


NOTHING_CHOSEN = FunctionOptions()


def read_functions(texts: Sequence[str]) -> dict[str, FunctionOptions]:
    """Read the texts of --function. Raises `TextError`."""
    found: dict[str, FunctionOptions] = {}
    for text in texts:
        name, colon, rest = text.partition(":")
        if not name or not colon or not rest:
            raise TextError(text, FORM)
        found[name] = _read(text, rest).over(found.get(name, NOTHING_CHOSEN))
    return found


def _read(text: str, rest: str) -> FunctionOptions:
    options = NOTHING_CHOSEN
    for part in _NEXT.split(rest):
        key, equals, value = part.partition("=")
        if key not in KEYS or not equals or not value:
            raise TextError(text, f"{part!r} is none of {', '.join(f'{known}=…' for known in KEYS)}; {FORM}")
        options = with_option(options, key, value)
    return options


def with_option(options: FunctionOptions, key: str, value: str) -> FunctionOptions:
    """Return options with one more text."""
    match key:
        case "code":
            return replace(options, code=value)
        case "python":
            return replace(options, python=value)
        case "requirements":
            return replace(options, requirements=value)
        case _:
            return replace(options, command=split_command(value))


def split_command(text: str) -> tuple[str, ...]:
    """Return the words of a command. Raises `TextError` for a quotation without an end."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise TextError(text, f"{error}; correct the quotation marks") from error


def write_functions(functions: Mapping[str, FunctionOptions]) -> list[str]:
    """Write options as `read_functions` reads them, without variables."""
    texts = []
    for name, options in functions.items():
        values = (options.code, options.python, options.requirements, shlex.join(options.command))
        parts = [f"{key}={value}" for key, value in zip(KEYS, values, strict=True) if value]
        texts += [f"{name}:{','.join(parts)}"] if parts else []
    return texts
