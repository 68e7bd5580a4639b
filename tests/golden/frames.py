"""The frames that the golden outputs are of: made from portraits that packages carry, by exact operations of Pillow."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageEnhance


def frames(samples: Path) -> Mapping[str, Image.Image]:
    """Return RGB frames by name, from `grace_hopper.jpg` and `astronaut.png` in `samples`."""
    hopper = Image.open(samples / "grace_hopper.jpg").convert("RGB")
    astronaut = Image.open(samples / "astronaut.png").convert("RGB")
    return {
        "hopper": hopper,
        "astronaut": astronaut,
        "both": _side_by_side((640, 480), (hopper, 0.7, (20, 30)), (astronaut, 0.55, (350, 120))),
        "both-720p": _side_by_side((1280, 720), (astronaut, 1.2, (40, 60)), (hopper, 0.9, (760, 100))),
        "crowd": _side_by_side((960, 540), *_crowd(hopper, astronaut)),
        "dimmed": ImageEnhance.Brightness(hopper).enhance(0.35),
        "small": astronaut.resize((128, 128), Image.Resampling.BICUBIC),
        "cut": hopper.crop((220, 140, 512, 600)),
        "large": hopper.resize((1536, 1800), Image.Resampling.BICUBIC),
        "nobody": astronaut.crop((300, 300, 512, 512)).resize((640, 480), Image.Resampling.BILINEAR),
        "grey": Image.new("RGB", (320, 240), (128, 128, 128)),
    }


def _crowd(hopper: Image.Image, astronaut: Image.Image) -> list[tuple[Image.Image, float, tuple[int, int]]]:
    faces = []
    for row in range(2):
        for column in range(5):
            portrait = (hopper, astronaut)[(row + column) % 2]
            faces.append((portrait, 0.3 + 0.03 * column, (10 + column * 188, 10 + row * 265)))
    return faces


def _side_by_side(size: tuple[int, int], *pasted: tuple[Image.Image, float, tuple[int, int]]) -> Image.Image:
    frame = Image.new("RGB", size, (90, 100, 110))
    for portrait, scale, corner in pasted:
        scaled = (round(portrait.width * scale), round(portrait.height * scale))
        frame.paste(portrait.resize(scaled, Image.Resampling.BICUBIC), corner)
    return frame
