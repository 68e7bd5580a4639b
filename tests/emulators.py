"""Emulators in this process: no server, and no process but for functions that a test wants to have as processes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from emulator.app import Emulator, StandIns
from emulator.environments.scripted_functions import ScriptedFunction
from emulator.free_ports import free_ports
from emulator.resources import Resources
from emulator.settings import Settings


def emulator_of(
    resources: Resources, scripts: Mapping[str, ScriptedFunction], settings: Settings | None = None
) -> Emulator:
    """Return an emulator of these resources, whose functions are callables."""
    ports = free_ports()
    return Emulator(
        settings or replace(Settings(Path("none")), ports=ports),
        resources,
        stand_ins=StandIns(scripts),
    )
