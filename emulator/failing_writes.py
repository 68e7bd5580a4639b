"""Tells once that a database cannot be written, and once what was lost until it could be written again."""

import logging
from dataclasses import dataclass

from emulator.private_database import cure_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class FailingWrites:
    """What could not be written of one database, whose writers go on without it."""

    name: str  #: of the database, for people
    notes: str  #: what is written, in the plural
    lost: int = 0  #: since the emulator began
    _is_failing: bool = False

    def failed(self, error: Exception, count: int) -> None:
        """Count what is lost, and log the first failure of several."""
        self.lost += count
        if not self._is_failing:
            cure = cure_of(error)
            what = f"{self.name} cannot be written ({error}), and {self.notes} are lost until it can"
            log.warning("%s", f"{what}: {cure}" if cure else what)
        self._is_failing = True

    def succeeded(self) -> None:
        """Log the first success after a failure."""
        if self._is_failing:
            log.warning("%s can be written again; %d of %s are lost", self.name, self.lost, self.notes)
        self._is_failing = False
