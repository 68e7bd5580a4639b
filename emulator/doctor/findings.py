"""What an examination finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How much it hurts."""

    ERROR = "error"  #: AWS refuses it, or it does not work there
    WARNING = "warning"  #: it works until it is under load, or fails
    NOTE = "note"  #: worth knowing


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that would bite."""

    level: Level
    id: str  #: of AWS's behaviour, as docs/aws-fidelity.md lists it
    path: str  #: where: in the template, or which part of the running system
    on_aws: str  #: what happens there
    cure: str


def by_level(findings: Iterable[Finding]) -> list[Finding]:
    """Return the worst first, each once; otherwise in the order in which they were found."""
    levels = list(Level)
    return sorted(dict.fromkeys(findings), key=lambda finding: levels.index(finding.level))
