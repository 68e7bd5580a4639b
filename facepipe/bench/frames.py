"""What `bench models` looks at: frames and crops composed of the sample portraits, and photos that the user names."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.face_detection.crops import MARGIN_PX, crop

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIZES = ((640, 480), (1280, 720), (1920, 1080))
FACES = (1, 4, 10)
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png")


def frames(samples: Path) -> dict[str, Pixels]:
    """Return a frame of each size: two faces, seven in the larger ones."""
    return {f"{width}×{height}": _frame(samples, width, height) for width, height in SIZES}


def batches(samples: Path) -> dict[str, Pixels]:
    """Return crops of 160×160, as many as a call embeds."""
    portraits = [portrait.resize((160, 160), Image.Resampling.BILINEAR) for portrait in _portraits(samples)]
    crops = np.stack([np.asarray(portraits[i % 2].rotate(3 * i)) for i in range(max(FACES))])
    return {f"{count} {'face' if count == 1 else 'faces'}": crops[:count] for count in FACES}


def photos(folder: Path) -> dict[str, Pixels]:
    """Return every photo below a folder, by its path there."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
    return {str(path.relative_to(folder)): np.asarray(Image.open(path).convert("RGB")) for path in paths}


def crops(images: Mapping[str, Pixels], boxes: Mapping[str, Floats]) -> dict[str, Pixels]:
    """Return the faces in each image, cut out at the boxes that are kept under "name|0"."""
    result = {}
    for key, rows in boxes.items():
        name = key.rsplit("|", 1)[0]
        image = Image.fromarray(images[name])
        faces = [np.asarray(crop(image, box, margin_px=MARGIN_PX)) for box in rows]
        result[name] = np.stack(faces) if faces else np.zeros((0, 160, 160, 3), np.uint8)
    return result


def save(path: Path, arrays: Mapping[str, Pixels]) -> Path:
    """Write arrays for a cell to read."""
    np.savez(path, **arrays)  # type: ignore[arg-type]  # the names of arrays, not of options
    return path


def _portraits(samples: Path) -> tuple[Image.Image, Image.Image]:
    """Return the portraits without much around the faces' shoulders."""
    hopper = Image.open(samples / "grace_hopper.jpg").convert("RGB")
    astronaut = Image.open(samples / "astronaut.png").convert("RGB")
    return hopper, astronaut


def _frame(samples: Path, width: int, height: int) -> Pixels:
    columns, rows = (2, 1) if width <= 640 else (4, 2)
    cell = (width // columns, height // rows)
    frame = Image.new("RGB", (width, height), (90, 100, 110))
    for index in range(2 if rows == 1 else 7):
        portrait = _portraits(samples)[index % 2]
        scale = min(cell[0] / portrait.width, cell[1] / portrait.height) * (1 - 0.05 * (index % 4))
        scaled = portrait.resize((round(portrait.width * scale), round(portrait.height * scale)))
        frame.paste(scaled, (index % columns * cell[0], index // columns * cell[1]))
    return np.asarray(frame)
