"""MTCNN: pixels to faces (Zhang et al., 2016), with facenet-pytorch's weights, constants and results."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.face_detection import boxes as geometry
from services.face_detection.pyramid import IntegralImage, Pixels, Planes
from services.face_detection.stages import Candidates, Net, classify, propose


@dataclass(frozen=True, slots=True)
class Detections:
    """The faces of one photo, largest first; row i of each array is face i."""

    boxes: NDArray[np.float32]  #: N×4: x1, y1, x2, y2 in pixels; may reach beyond the photo
    confidences: NDArray[np.float32]  #: N, 0…1
    landmarks: NDArray[np.float32]  #: N×5×2: x, y of the eyes, the nose, the corners of the mouth

    def __len__(self) -> int:
        return len(self.boxes)


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: Pixels) -> Detections:
        """Return the faces of a uint8 H×W×3 RGB image."""
        ...


@dataclass(frozen=True, slots=True)
class MtcnnSettings:
    """facenet-pytorch's defaults."""

    minimum_face_px: int = 20
    factor: float = 0.709  #: from one pyramid level to the next
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)


@dataclass(frozen=True, slots=True)
class MtcnnDetector:
    """The cascade of three nets, each of which looks closer at what the one before let through."""

    pnet: Net
    rnet: Net
    onet: Net
    settings: MtcnnSettings = MtcnnSettings()

    def detect(self, image: Pixels) -> Detections:
        """Return the faces of a uint8 H×W×3 RGB image."""
        photo = IntegralImage(image)
        candidates = self._propose(photo)
        candidates = self._refine(photo, candidates)
        return self._finish(photo, candidates)

    def _propose(self, photo: IntegralImage) -> Candidates:
        levels = [Candidates.none()]
        for scale in self._scales(min(photo.height, photo.width)):
            level = photo.resize(int(photo.height * scale + 1), int(photo.width * scale + 1))
            found = propose(self.pnet, level, scale, self.settings.thresholds[0])
            levels.append(found.take(geometry.suppress(found.boxes, found.scores, 0.5)))
        found = Candidates.join(levels)
        found = found.take(geometry.suppress(found.boxes, found.scores, 0.7))
        return found.moved(geometry.square(geometry.correct_cells(found.boxes, found.outputs[:, :4])))

    def _scales(self, shorter_side: int) -> Iterator[float]:
        scale = 12 / self.settings.minimum_face_px
        side = shorter_side * scale
        while side >= 12:
            yield scale
            scale *= self.settings.factor
            side *= self.settings.factor

    def _refine(self, photo: IntegralImage, candidates: Candidates) -> Candidates:
        candidates, crops = _crop(photo, candidates, 24)
        found = classify(self.rnet, crops, candidates, threshold=self.settings.thresholds[1], batch=32)
        found = found.take(geometry.suppress(found.boxes, found.scores, 0.7))
        return found.moved(geometry.square(geometry.correct(found.boxes, found.outputs[:, :4])))

    def _finish(self, photo: IntegralImage, candidates: Candidates) -> Detections:
        candidates, crops = _crop(photo, candidates, 48)
        found = classify(self.onet, crops, candidates, threshold=self.settings.thresholds[2], batch=8)
        corner, size = found.boxes[:, None, :2], found.boxes[:, None, 2:] - found.boxes[:, None, :2] + 1
        points = found.outputs[:, 4:].reshape(-1, 2, 5).transpose(0, 2, 1) * size + corner - 1
        boxes = geometry.correct(found.boxes, found.outputs[:, :4])
        kept = geometry.suppress_contained(boxes, found.scores, 0.7)
        areas = (boxes[kept, 2] - boxes[kept, 0]) * (boxes[kept, 3] - boxes[kept, 1])
        kept = kept[np.argsort(areas)[::-1]]
        return Detections(boxes[kept], found.scores[kept], points[kept])


def _crop(photo: IntegralImage, candidates: Candidates, side: int) -> tuple[Candidates, Planes]:
    """Cut the candidates out; those that lie outside the photo are dropped, whole rows at a time."""
    corners = geometry.crop_corners(candidates.boxes, photo.width, photo.height)
    inside = np.flatnonzero((corners[:, 2:] > corners[:, :2]).all(axis=1))
    return candidates.take(inside), photo.crops(corners[inside], side)
