"""What a process costs, by /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used so far, its children excluded; 0 when it is gone."""
    text = "".join(_lines(f"/proc/{pid}/stat"))
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def child(parent: int, words: str) -> int | None:
    """Return the process that `parent` started with these words in its command line."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        fields = "".join(_lines(f"/proc/{entry.name}/stat")).rpartition(")")[2].split()
        if fields and int(fields[1]) == parent and words in _command(int(entry.name)):
            return int(entry.name)
    return None


def argument(pid: int, option: str) -> str:
    """Return what follows an option in a process's command line; empty when it has none."""
    words = _command(pid).split()
    return words[words.index(option) + 1] if option in words[:-1] else ""


def _command(pid: int) -> str:
    return "".join(_lines(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
