"""Pictures for the demonstration: camera-like frames out, boxes and names in."""

import io
import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from facepipe.client.photo_rows import Row
from facepipe.client.photos import Frame
from facepipe.client.private_file import made_private

SIZE = (640, 480)
FIRST, SECOND = "grace_hopper.jpg", "astronaut.png"


def camera_like_frames(samples: Path) -> list[Frame]:
    """Return what a webcam might see of two people: moved, scaled, dimmed, both, and nobody.

    The second person is called by the frame's name only: the pipeline has to find out for itself.
    """
    chance = random.Random(4)  # noqa: S311  # the same frames every time
    first, second = (Image.open(samples / name).convert("RGB") for name in (FIRST, SECOND))
    frames = [
        ("first-near", _scene(chance, (first, 0.75))),
        ("first-far", _scene(chance, (first, 0.4))),
        ("first-dimmed", ImageEnhance.Brightness(_scene(chance, (first, 0.6))).enhance(0.4)),
        ("second-near", _scene(chance, (second, 0.85))),
        ("second-blurred", _scene(chance, (second, 0.7)).filter(ImageFilter.GaussianBlur(1.2))),
        ("both", _scene(chance, (first, 0.6), (second, 0.6))),
        ("nobody", _scene(chance)),
    ]
    return [Frame(f"{name}.jpg", _jpeg(image)) for name, image in frames]


def _scene(chance: random.Random, *people: tuple[Image.Image, float]) -> Image.Image:
    """Put people side by side before a wall, a little off where they were expected."""
    scene = Image.linear_gradient("L").resize(SIZE).point(lambda value: 90 + value // 4).convert("RGB")
    for index, (portrait, scale) in enumerate(people):
        image = portrait.resize(
            (round(portrait.width * scale), round(portrait.height * scale)), Image.Resampling.LANCZOS
        )
        room = SIZE[0] // len(people)
        left = index * room + max(0, (room - image.width) // 2) + chance.randint(-12, 12)
        scene.paste(image, (left, max(0, SIZE[1] - image.height) + chance.randint(0, 10)))
    return scene


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def draw(frames: Sequence[Frame], rows: Sequence[Row], target: Path, *, columns: int = 4) -> None:
    """Write one picture of all frames with the boxes and names that came back; only its user may read it."""
    thumbnails = [_annotated(frame, row) for frame, row in zip(frames, rows, strict=True)]
    width, height = max(t.width for t in thumbnails), max(t.height for t in thumbnails)
    lines = -(-len(thumbnails) // columns)
    sheet = Image.new("RGB", (columns * width, lines * height), "white")
    for index, thumbnail in enumerate(thumbnails):
        sheet.paste(thumbnail, (index % columns * width, index // columns * height))
    sheet.save(made_private(target))


def _annotated(frame: Frame, row: Row) -> Image.Image:
    image = Image.open(io.BytesIO(frame.content)).convert("RGB")
    pen = ImageDraw.Draw(image)
    height = max(12, image.height // 24)
    font = ImageFont.load_default(height)
    for face in row.answer.faces if row.answer else ():
        colour = "orange" if face.name == "unknown" else "lime"
        pen.rectangle(face.box, outline=colour, width=max(2, image.height // 160))
        label = face.name if face.distance is None else f"{face.name} {face.distance:.2f}"
        corner = (face.box[0], max(0, face.box[1] - height - 4))
        pen.rectangle(pen.textbbox(corner, label, font=font), fill="black")
        pen.text(corner, label, fill=colour, font=font)
    caption = row.answer.result if row.answer else row.problem
    pen.text((6, 6), f"{frame.name}: {caption}", fill="white", font=font, stroke_width=2, stroke_fill="black")
    image.thumbnail((480, 480))
    return image
