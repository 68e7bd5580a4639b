"""MTCNN: pixels to faces (Zhang et al., 2016), with facenet-pytorch's weights, constants and results."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.face_detection import boxes as geometry
from services.face_detection.boxes import Boxes, Indices, Scores
from services.face_detection.stages import Candidates, Look, Net, Photo, Pixels, logit, propose, strips, windows

T = TypeVar("T")
R = TypeVar("R")


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
        """Return the faces of a photo."""
        ...


@dataclass(frozen=True, slots=True)
class MtcnnSettings:
    """facenet-pytorch's defaults."""

    minimum_face_px: int = 20
    factor: float = 0.709  #: from one pyramid level to the next
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)


class Spread(Protocol):
    """Calls a function for each of several values, at once where there are threads, and keeps their order."""

    def __call__(self, function: Callable[[T], R], values: Sequence[T], /) -> Iterable[R]:
        """Return the results in the order of the values."""
        ...


@dataclass(frozen=True, slots=True)
class MtcnnDetector:
    """The cascade of three nets, each of which looks closer at what the one before let through.

    The work is cut into pieces that a processor's cache holds, the same however many threads share them: so are the
    results. The nets must allow calls from several threads at once if `spread` makes them.
    """

    pnet: Net
    rnet: Net
    onet: Net
    photo: Callable[[Pixels], Photo]
    settings: MtcnnSettings = MtcnnSettings()
    spread: Spread = map
    suppress: Callable[[Boxes, Scores, float, Scores | None], Indices] = geometry.suppress

    def detect(self, image: Pixels) -> Detections:
        """Return the faces of a photo."""
        photo = self.photo(image)
        candidates = self._propose(photo)
        candidates = self._refine(photo, candidates)
        return self._finish(photo, candidates)

    def _propose(self, photo: Photo) -> Candidates:
        work = [strip for scale in self._scales(min(photo.height, photo.width)) for strip in strips(photo, scale)]
        threshold = logit(self.settings.thresholds[0])
        found, levels = windows(self.spread(lambda strip: propose(self.pnet, photo, strip, threshold), work))
        of_levels = self._suppress(found, 0.5, levels)
        joined = self._suppress(of_levels, 0.7)
        return joined.moved(geometry.square(geometry.correct_cells(joined.boxes, joined.outputs)))

    def _scales(self, shorter_side: int) -> Iterator[float]:
        scale = 12 / self.settings.minimum_face_px
        side = shorter_side * scale
        while side >= 12:
            yield scale
            scale *= self.settings.factor
            side *= self.settings.factor

    def _refine(self, photo: Photo, candidates: Candidates) -> Candidates:
        look = Look(self.rnet, side=24, batch=32, outputs=4, threshold=logit(self.settings.thresholds[1]))
        found = self._suppress(self._look(look, photo, candidates), 0.7)
        return found.moved(geometry.square(geometry.correct(found.boxes, found.outputs)))

    def _finish(self, photo: Photo, candidates: Candidates) -> Detections:
        look = Look(self.onet, side=48, batch=8, outputs=14, threshold=logit(self.settings.thresholds[2]))
        found = self._look(look, photo, candidates)
        corner, size = found.boxes[:, None, :2], found.boxes[:, None, 2:] - found.boxes[:, None, :2] + 1
        points = found.outputs[:, 4:].reshape(-1, 2, 5).transpose(0, 2, 1) * size + corner - 1
        boxes = geometry.correct(found.boxes, found.outputs[:, :4])
        kept = geometry.suppress_contained(boxes, found.scores, 0.7)
        areas = (boxes[kept, 2] - boxes[kept, 0]) * (boxes[kept, 3] - boxes[kept, 1])
        kept = kept[np.argsort(areas)[::-1]]
        return Detections(boxes[kept], found.scores[kept], points[kept])

    def _look(self, look: Look, photo: Photo, candidates: Candidates) -> Candidates:
        """Look closer at candidates, a batch at a time; those that lie outside the photo are dropped."""
        corners = geometry.crop_corners(candidates.boxes, photo.width, photo.height)
        inside = np.flatnonzero((corners[:, 2:] > corners[:, :2]).all(axis=1))
        batches = [inside[start : start + look.batch] for start in range(0, len(inside), look.batch)]
        found = self.spread(lambda rows: look(photo, corners[rows]), batches)
        return look.candidates(candidates.boxes[inside], found)

    def _suppress(self, candidates: Candidates, threshold: float, groups: Scores | None = None) -> Candidates:
        return candidates.take(self.suppress(candidates.boxes, candidates.scores, threshold, groups))
