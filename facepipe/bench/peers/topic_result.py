"""What the checks of one topic found."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TopicResult:
    """How many cases there are, and what was not as on AWS."""

    topic: str
    cases: int
    wrong: Mapping[str, str] = field(default_factory=dict)  #: what AWS does → what was different

    def __str__(self) -> str:
        """Say how many cases are as on AWS."""
        return f"{self.cases - len(self.wrong)} of {self.cases}"
