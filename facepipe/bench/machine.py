"""What a measurement was made on, without a name that tells whose machine it is."""

import contextlib
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

PACKAGES = ("numpy", "pillow")


def describe(root: Path) -> Mapping[str, str | int | float]:
    """Return the machine, its software and the revision in `root`; what cannot be found is empty."""
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_field(Path("/proc/meminfo"), "MemTotal") or "0").split()[0]) / 1e6, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions,
        "load_before": round(os.getloadavg()[0], 2),
        "revision": _revision(root),
    }


def _field(path: Path, name: str) -> str:
    """Return the first `name : value` of a file of the kernel's; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == name), "")


def _revision(root: Path) -> str:
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return ""
