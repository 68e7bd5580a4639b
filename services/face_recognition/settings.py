"""What the environment may set of face-recognition."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services import settings

SAMPLE_GALLERY = "sample-gallery.npz"  #: beside the models, so that an image runs as it is


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of face-recognition, from its environment variables."""

    response_queue_url: str  #: RESPONSE_QUEUE_URL
    models_dir: Path  #: MODELS_DIR
    gallery: str  #: GALLERY: a path or s3://bucket/key; empty: the sample gallery
    threshold: float | None  #: MATCH_THRESHOLD; unset or 0: the gallery's own


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read and check the settings; `SettingsError` names the variable."""
    models_dir = settings.models_dir(environment)
    threshold = settings.number(environment, "MATCH_THRESHOLD", default=0, low=0, high=2)
    return Settings(
        response_queue_url=settings.text(environment, "RESPONSE_QUEUE_URL"),
        models_dir=models_dir,
        gallery=environment.get("GALLERY", "").strip() or str(models_dir / SAMPLE_GALLERY),
        threshold=threshold or None,
    )
