"""Where things are in a checkout."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The places of one checkout; everything made or fetched is under `var/`."""

    root: Path = Path(__file__).resolve().parents[1]

    @property
    def template(self) -> Path:
        """The application."""
        return self.root / "template.yaml"

    @property
    def var(self) -> Path:
        """All that git ignores."""
        return self.root / "var"

    @property
    def downloads(self) -> Path:
        """Fetched weights."""
        return self.var / "downloads"

    @property
    def models(self) -> Path:
        """The ONNX graphs."""
        return self.var / "models"

    @property
    def rie(self) -> Path:
        """The folder of the Runtime Interface Emulator."""
        return self.var / "rie"

    @property
    def samples(self) -> Path:
        """Sample portraits."""
        return self.var / "samples"

    @property
    def gallery(self) -> Path:
        """The user's people: in a folder of its own, since containers mount it."""
        return self.var / "gallery" / "gallery.npz"

    @property
    def queues(self) -> Path:
        """The messages of the emulator's own queues: in a folder of its own, which only its user may read."""
        return self.var / "queues" / "queues.sqlite"

    @property
    def journal(self) -> Path:
        """What happened to every request."""
        return self.var / "journal" / "journal.sqlite"
