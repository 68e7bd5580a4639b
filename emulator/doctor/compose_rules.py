"""Rules for a compose file beside the template: its containers should have the memory that the template gives."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from emulator.doctor.findings import Finding, Level
from emulator.resources import Function

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
UNITS_MB = {"b": 1 / 1024**2, "k": 1 / 1024, "m": 1.0, "g": 1024.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([bkmg])?b?", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\w+(?::?-([^}]*))?\}")


def examine_compose(folder: Path, functions: Sequence[Function]) -> Iterator[Finding]:
    """Examine the compose file of a folder, if it has one that can be read."""
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    services = _services(found[0]) if found else {}
    wanted = {function.name: function for function in functions}
    for name, service in services.items():
        function = wanted.get(_function_of(service))
        limit = _memory_mb(service)
        if function and limit is not None and round(limit) != function.memory_mb:
            yield Finding(
                Level.WARNING,
                "RT-04",
                f"{found[0].name}: services.{name}.mem_limit",
                f"{function.name} has {function.memory_mb} MB there by its MemorySize, and {limit:.0f} MB here: what"
                " works here may run out of memory there, or the other way round",
                f"set it to {function.memory_mb}m, or change MemorySize",
            )


def _services(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    services = content.get("services") if isinstance(content, dict) else None
    if not isinstance(services, dict):
        return {}
    return {str(name): service for name, service in services.items() if isinstance(service, dict)}


def _function_of(service: Mapping[str, Any]) -> str:
    """Return the function whose supervisor a service starts; an empty text if it starts none."""
    words: list[str] = []
    for key in ("entrypoint", "command"):
        given = service.get(key)
        words += map(str, given) if isinstance(given, list) else str(given or "").split()
    return words[words.index("--function") + 1] if "--function" in words[:-1] else ""


def _memory_mb(service: Mapping[str, Any]) -> float | None:
    """Return a service's limit; None if it has none, or if it is not known without the variables of a shell."""
    limit = service.get("mem_limit")
    text = _VARIABLE.sub(lambda match: match[1] or "", str(limit)).strip()
    match = _SIZE.fullmatch(text)
    return float(match[1]) * UNITS_MB[(match[2] or "b").lower()] if match else None
