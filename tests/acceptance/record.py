"""Whether one run of pytest was the whole container suite, and passed: what `facepipe push` wants to know of an image."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from facepipe.ship.accepted import Acceptance


@dataclass
class SuiteRun:
    """One run of pytest, as far as it has come."""

    images: Mapping[str, str] = field(default_factory=dict)  #: function → config digest, once containers run
    outcomes: dict[str, str] = field(default_factory=dict)  #: test → passed, failed, skipped, not run
    left_out: bool = False  #: whether a test of the suite was deselected, or a file of it not named

    def expect(self, tests: Collection[str], collected: Collection[Path], suite: Collection[Path]) -> None:
        """Note what is to pass: every test of the suite's files."""
        self.outcomes = dict.fromkeys(tests, "not run")
        self.left_out = self.left_out or not set(suite) <= set(collected)

    def acceptance(self) -> Acceptance | None:
        """Return the record of a whole suite without a failure, None for any other run."""
        results = list(self.outcomes.values())
        if not self.images or self.left_out or not set(results) <= {"passed", "skipped"} or "passed" not in results:
            return None
        return Acceptance(self.images, results.count("passed"), results.count("skipped"))
