"""The findings of an examination."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How serious a finding is."""

    ERROR = "error"  #: AWS refuses the template, or it does not work there
    WARNING = "warning"  #: it works until there is load or a failure
    NOTE = "note"  #: worth knowing


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem that would appear on AWS."""

    level: Level
    id: str  #: the id of AWS's behaviour in docs/aws-fidelity.md, or a word where there is none
    path: str  #: the place in the template, or the part of the running system
    on_aws: str  #: what happens on AWS
    cure: str


def by_level(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by level, the most serious first, and drop duplicates; findings of one level keep their order."""
    levels = list(Level)
    return sorted(dict.fromkeys(findings), key=lambda finding: levels.index(finding.level))
