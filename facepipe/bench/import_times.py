"""What imports cost, by package: from the lines of `python -X importtime`."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

#: a line of CPython's -X importtime: microseconds of the module alone, of it and what it imports, its name
_LINE = re.compile(r"import time:\s*(?P<own>\d+) \|\s*\d+ \|\s*(?P<name>\S+)\s*$")
OF_PYTHON = "Python's own"


@dataclass(frozen=True, slots=True)
class PackageImports:
    """The modules of one package."""

    package: str
    modules: int
    own_ms: float  #: without the modules of other packages that they import


def imports_by_package(lines: Iterable[str], standard: frozenset[str]) -> list[PackageImports]:
    """Add up the lines by package, the most expensive first; those in `standard` are one: Python's own."""
    counts, times = defaultdict[str, int](int), defaultdict[str, int](int)
    for line in lines:
        if match := _LINE.match(line):
            first = match["name"].partition(".")[0]
            package = OF_PYTHON if first in standard else first
            counts[package] += 1
            times[package] += int(match["own"])
    found = [PackageImports(name, counts[name], own / 1000) for name, own in times.items()]
    return sorted(found, key=lambda one: (-one.own_ms, one.package))
