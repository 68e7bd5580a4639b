"""Which images passed the container acceptance suite on this machine, by their config digests."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from facepipe.ship.problems import ShipError

KEPT = 50
PLACE = Path("var/accepted.json")  #: below a checkout's root


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One whole run of the suite without a failure."""

    images: Mapping[str, str]  #: function → config digest
    passed: int
    skipped: int  #: tests that this machine could not run, such as those that need licensed photos
    at: str = ""  #: UTC


def record(file: Path, acceptance: Acceptance) -> None:
    """Add one run; the oldest are forgotten."""
    entry = {**asdict(acceptance), "at": acceptance.at or datetime.now(UTC).isoformat(timespec="seconds")}
    entries = [asdict(old) for old in read(file) if old.images != acceptance.images]
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps([*entries, entry][-KEPT:], indent=1) + "\n", encoding="utf-8")
    part.replace(file)


def read(file: Path) -> tuple[Acceptance, ...]:
    """Return all recorded runs; none where there is no file yet."""
    if not file.exists():
        return ()
    try:
        return tuple(Acceptance(**entry) for entry in json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ShipError(
            f"{file} is damaged ({error}): delete it and run the container acceptance suite again"
        ) from error


def of_images(file: Path, images: Mapping[str, str]) -> Acceptance | None:
    """Return the run that these very images passed."""
    return next((entry for entry in read(file) if dict(entry.images) == dict(images)), None)
