"""Checks the numbers of the ports before they are opened, and names a set of ports for a second emulator."""

from emulator.listening import PortError
from emulator.setting import all_settings
from emulator.settings import Ports

SHIFT = 100  #: between the usual ports and those that are suggested


def check_distinct(ports: Ports) -> None:
    """Raise `PortError` if two options name the same port."""
    seen: dict[int, str] = {}
    for about, number in all_settings(ports):
        if number in seen:
            raise PortError(f"{seen[number]} and {about.flag} are both {number}: give each a port number of its own")
        seen[number] = about.flag


def second_emulator() -> str:
    """Return the options with which a second emulator runs beside one on the usual ports, with files of its own."""
    options = [f"{about.flag} {number + SHIFT}" for about, number in all_settings(Ports())]
    return " ".join([*options, "--queues memory", "--journal FILE"])
