"""The nets that turn a photo file into the embeddings of its faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from services.enrolment.photo_file import read_photo
from services.face_detection.crops import crop
from services.face_detection.detector import Detector
from services.face_detection.kernel_detector import load_detector
from services.face_detection.photo import PhotoError
from services.face_recognition.embedder import Crops, Embedder, Embeddings
from services.face_recognition.kernel_embedder import load_embedder

MINIMUM_CONFIDENCE = 0.9  #: as face-detection's default


@dataclass(frozen=True, slots=True)
class PhotoFaces:
    """The faces on one photo, the largest first."""

    crops: Crops
    embeddings: Embeddings


@dataclass(frozen=True, slots=True)
class FaceReader:
    """Finds the faces on photos and embeds them."""

    detector: Detector
    embedder: Embedder

    @staticmethod
    def load(models: Path) -> "FaceReader":
        """Load the nets in `models`; `ModelError` when they are not there."""
        return FaceReader(load_detector(models), load_embedder(models))

    def read(self, path: Path, margins_px: Sequence[int]) -> tuple[Embeddings, ...]:
        """Return the embeddings of a photo's faces, the largest face first: an array for each margin.

        `PhotoError` when the file is no photo, or nobody is on it.
        """
        return tuple(self.embedder.embed(crops) for crops in self._crops(read_photo(path), margins_px))

    def look(self, photo: Image.Image, margin_px: int) -> PhotoFaces:
        """Return the faces on a photo; `PhotoError` when nobody is on it."""
        (crops,) = self._crops(photo, (margin_px,))
        return PhotoFaces(crops, self.embedder.embed(crops))

    def embed(self, crops: Crops) -> Embeddings:
        """Return the embeddings of crops."""
        return self.embedder.embed(crops)

    def _crops(self, photo: Image.Image, margins_px: Sequence[int]) -> list[Crops]:
        found = self.detector.detect(np.asarray(photo))
        boxes = found.boxes[found.confidences >= MINIMUM_CONFIDENCE]
        if not len(boxes):
            raise PhotoError("no face found")
        return [np.stack([np.asarray(crop(photo, box, margin_px=px)) for box in boxes]) for px in margins_px]
