"""A second look at a photo in which nobody was found: it may be very dark, or lie on its side.

docs/decisions/0013-second-look.md says what each costs and finds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from services.face_detection.boxes import Boxes
from services.face_detection.detector import Detector
from services.face_detection.pixels import pixels_of

BRIGHTNESS, NONE, ALL = "brightness", "none", "all"
CHOICES = (BRIGHTNESS, NONE, ALL)  #: the first is the usual one
DARK = 64  #: of 255: a photo is dark if all but its brightest hundredth is darker
BRIGHTEST = 0.01  #: the share of a photo that may become white


@dataclass(frozen=True, slots=True)
class View:
    """A photo as it is looked at."""

    image: Image.Image
    back: Callable[[Boxes], Boxes] = lambda boxes: boxes  #: from this image's pixels to those of the photo that came
    change: str = ""  #: what was done to the photo


@dataclass(frozen=True, slots=True)
class Sighting:
    """The faces that the detector is sure of, left to right as they stand in the view in which they were found."""

    view: View
    boxes: Boxes  #: N×4, in the view's pixels
    confidences: tuple[float, ...]

    @property
    def boxes_in_photo(self) -> Boxes:
        """The boxes in the pixels of the photo that came."""
        return self.view.back(self.boxes)


def find(detector: Detector, photo: Image.Image, *, minimum_confidence: float, second_look: str) -> Sighting:
    """Return the faces in a photo; only if there are none, look again as `second_look` says."""

    def look(view: View) -> Sighting:
        found = detector.detect(pixels_of(view.image))
        sure = [i for i in np.argsort(found.boxes[:, 0]) if found.confidences[i] >= minimum_confidence]
        return Sighting(view, found.boxes[sure], tuple(float(found.confidences[i]) for i in sure))

    first = look(View(photo))
    if first.confidences or second_look == NONE:
        return first
    brightened = _brightened(photo)
    if brightened and (again := look(brightened)).confidences:
        return again
    if second_look == BRIGHTNESS:
        return first
    # Faces that lie on their side are now and then found so, with less confidence: of all turns the surest counts.
    turned = [look(view) for view in _turned(brightened or View(photo))]
    best = max(turned, key=lambda sighting: sum(sighting.confidences))
    return best if best.confidences else first


def _brightened(photo: Image.Image) -> View | None:
    """Return the photo with its brightest hundredth made white; None for one that is not dark, or wholly black."""
    counts = np.cumsum(photo.convert("L").histogram())
    brightest = int(np.searchsorted(counts, (1 - BRIGHTEST) * counts[-1]))
    if not 0 < brightest < DARK:
        return None
    return View(photo.point(lambda value: value * 255 // brightest), change="brightened")


def _turned(view: View) -> Iterator[View]:
    """Yield the photo turned by each quarter, anticlockwise."""
    width, height = view.image.size
    change = f"{view.change} and turned" if view.change else "turned"

    def from_quarter(boxes: Boxes) -> Boxes:
        x1, y1, x2, y2 = boxes.T
        return np.stack([width - y2, x1, width - y1, x2], axis=1)

    def from_half(boxes: Boxes) -> Boxes:
        x1, y1, x2, y2 = boxes.T
        return np.stack([width - x2, height - y2, width - x1, height - y1], axis=1)

    def from_three_quarters(boxes: Boxes) -> Boxes:
        x1, y1, x2, y2 = boxes.T
        return np.stack([y1, height - x2, y2, height - x1], axis=1)

    yield View(view.image.transpose(Image.Transpose.ROTATE_90), from_quarter, change)
    yield View(view.image.transpose(Image.Transpose.ROTATE_180), from_half, change)
    yield View(view.image.transpose(Image.Transpose.ROTATE_270), from_three_quarters, change)
