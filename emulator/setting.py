"""Describes a setting once; the command line, the variables and their errors are made from the description."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
SettingsT = TypeVar("SettingsT")

_KEY = "setting"  #: the key in the metadata of a dataclass field


class SettingsError(ValueError):
    """A setting has an invalid value; the message names the setting."""


class TextError(ValueError):
    """A text is not valid for a setting; `cure` says what to write instead."""

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(f"{text!r}: {cure}")


def last_text(read: Callable[[str], T]) -> Callable[[Sequence[str]], T]:
    """Return a reader that uses the last of several texts."""
    return lambda texts: read(texts[-1])


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its purpose, its flag and variable, and how its texts are read and written."""

    help: str
    flag: str = ""  #: the option of the command line; empty if there is none
    variable: str = ""  #: the environment variable; empty if there is none
    read: Callable[[Sequence[str]], Any] = last_text(str)  #: raises `TextError` for an invalid text
    write: Callable[[Any], Sequence[str]] = lambda value: [str(value)]  #: the inverse of `read`
    split: Callable[[str], Sequence[str]] | None = None  #: splits a variable's text; None if it is one text
    metavar: str | None = None
    further_variables: tuple[str, ...] = ()  #: that are read if `variable` is not given

    @property
    def many(self) -> bool:
        """Whether the setting may be given more than once."""
        return self.split is not None

    def value(self, source: str, texts: Sequence[str]) -> Any:
        """Read the texts of a flag or a variable; `SettingsError` names it."""
        try:
            return self.read(texts)
        except TextError as error:
            raise SettingsError(f"{source} is {error}") from error

    def given(self, flags: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> tuple[str, Sequence[str]]:
        """Return the flag or variable that is given, and its texts; no texts if neither is. A flag has priority."""
        if flags.get(self.flag):
            return self.flag, flags[self.flag]
        named = [name for name in (self.variable, *self.further_variables) if environment.get(name)]
        if not named:
            return self.variable, []
        text = environment[named[0]]
        return named[0], (self.split(text) if self.split else [text])


def setting(default: Any, about: Setting) -> Any:
    """Return a dataclass field that is a setting."""
    return dataclasses.field(default_factory=lambda: default, metadata={_KEY: about})


def all_settings(settings: Any) -> Iterator[tuple[Setting, Any]]:
    """Yield the settings of a dataclass and of the dataclasses inside it, with their values."""
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if _KEY in field.metadata:
            yield field.metadata[_KEY], value
        elif dataclasses.is_dataclass(value):
            yield from all_settings(value)


def read_settings(base: SettingsT, flags: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> SettingsT:
    """Return `base` with the values of flags and variables; an empty variable is ignored."""
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(base):  # type: ignore[arg-type]  # a dataclass, or one inside it
        value = getattr(base, field.name)
        if _KEY in field.metadata:
            about: Setting = field.metadata[_KEY]
            source, texts = about.given(flags, environment)
            if texts:
                changed[field.name] = about.value(source, texts)
        elif dataclasses.is_dataclass(value):
            changed[field.name] = read_settings(value, flags, environment)
    return dataclasses.replace(base, **changed)  # type: ignore[type-var]  # as above


def as_arguments(settings: Any) -> list[str]:
    """Return a command line that gives these settings: the inverse of `read_settings`."""
    arguments = []
    for about, value in all_settings(settings):
        for text in about.write(value) if about.flag else ():
            arguments += [about.flag, text]
    return arguments
