"""What the environment may set of face-detection."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services import settings
from services.face_detection.crops import LARGEST_MARGIN_PX, MARGIN_PX
from services.face_detection.second_look import CHOICES


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of face-detection, from its environment variables."""

    request_queue_url: str  #: REQUEST_QUEUE_URL
    models_dir: Path  #: MODELS_DIR
    minimum_confidence: float  #: MINIMUM_CONFIDENCE: faces the detector is less sure of are not passed on
    maximum_pixels: int  #: MAXIMUM_PIXELS: larger photos are refused
    second_look: str  #: SECOND_LOOK: brightness, none or all; only at photos in which nobody was found
    margin_px: int  #: MARGIN: how many of a crop's 160 pixels are around the face


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read and check the settings; `SettingsError` names the variable."""
    return Settings(
        request_queue_url=settings.text(environment, "REQUEST_QUEUE_URL"),
        models_dir=settings.models_dir(environment),
        minimum_confidence=settings.number(environment, "MINIMUM_CONFIDENCE", default=0.9, low=0, high=1),
        maximum_pixels=int(settings.number(environment, "MAXIMUM_PIXELS", default=50_000_000, low=1, high=1e9)),
        second_look=settings.choice(environment, "SECOND_LOOK", CHOICES),
        margin_px=settings.whole_number(environment, "MARGIN", default=MARGIN_PX, low=0, high=LARGEST_MARGIN_PX),
    )
