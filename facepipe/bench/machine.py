"""What a figure was measured on, without a name that tells whose machine it is."""

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from pathlib import Path

PACKAGES = ("numpy", "onnxruntime", "pillow")


def describe() -> Mapping[str, str | int | float]:
    """Return processor, cores, memory, system and the versions that matter."""
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_field(Path("/proc/meminfo"), "MemTotal") or "0").split()[0]) / 1e6, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions,
    }


def _field(path: Path, name: str) -> str:
    """Return the first `name : value` of a file of the kernel's; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == name), "")
