"""Which functions are debugged, and on which port debuggers attach to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from emulator.setting import Setting, SettingsError, TextError
from emulator.setting_texts import port

FIRST_PORT = 5678  #: the port that debugpy, VS Code and PyCharm suggest


@dataclass(frozen=True, slots=True)
class DebugTargets:
    """The functions to debug, with the ports for debuggers."""

    ports: Mapping[str, int] = field(default_factory=dict)  #: by function
    wait: bool = False  #: environments start only after a debugger has attached

    def waiting(self) -> "DebugTargets":
        """Return the targets of `--wait`. Raises `SettingsError` if there is no function to wait for."""
        if not self.ports:
            raise SettingsError("--wait waits for a debugger: name a function, as in --debug FUNCTION --wait")
        return replace(self, wait=True)


def read_targets(texts: Sequence[str]) -> DebugTargets:
    """Read FUNCTION and FUNCTION=PORT; functions without a port get the first free ones from 5678 on."""
    named = dict(_read(text) for text in texts)
    given = [number for number in named.values() if number]
    if twice := next((number for number in given if given.count(number) > 1), 0):
        raise TextError(f"{twice}", "give each function a port of its own")
    free = (number for number in range(FIRST_PORT, FIRST_PORT + len(named) + len(given)) if number not in given)
    return DebugTargets({name: number or next(free) for name, number in named.items()})


def write_targets(targets: DebugTargets) -> list[str]:
    """Write targets as `read_targets` reads them."""
    return [f"{name}={number}" for name, number in targets.ports.items()]


def _read(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not name or (equals and not number):
        raise TextError(text, "write it as FUNCTION or FUNCTION=PORT")
    return name, port(number) if equals else 0


DEBUG = Setting(
    "A function to debug, and the port of this machine on which debuggers attach to it: 5678 and following if not"
    " given. It has one environment, on the Runtime API.",
    "--debug",
    "FACEPIPE_DEBUG",
    read=read_targets,
    write=write_targets,
    split=str.split,
    metavar="FUNCTION[=PORT]",
)
