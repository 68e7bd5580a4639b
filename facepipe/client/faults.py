"""Switches faults on and off in the emulator, and lists them."""

from collections.abc import Mapping
from typing import Any

from facepipe.client.api import ask, call

FAULTS = "/faults"


def list_faults(api: str) -> list[str]:
    """Return a line for each fault that is on. Raises `EndpointError`."""
    return [_line(rule) for rule in ask(api, FAULTS)["faults"]] or ["no fault is on"]


def switch_on(api: str, rule: Mapping[str, object]) -> list[str]:
    """Switch a fault on; return what to print. Raises `EndpointError` if it is refused."""
    return [_line(call(api, "POST", FAULTS, content=dict(rule)))]


def switch_off(api: str, function: str) -> list[str]:
    """Switch the function's faults off, or all if it is empty; return what to print."""
    removed = call(api, "DELETE", FAULTS, function=function)["removed"]
    return [f"{removed} fault{'' if removed == 1 else 's'} switched off"]


def _line(rule: Mapping[str, Any]) -> str:
    often = f"the next {rule['calls']}" if rule["calls"] and rule["calls"] > 1 else "the next one"
    if rule["calls"] is None:
        share = "all" if rule["rate"] == 1 else f"{rule['rate']:.0%}"
        often = f"{share}, until `facepipe fault {rule['function']} off`"
    return f"{rule['function']}: {rule['kind']} ({often})"
