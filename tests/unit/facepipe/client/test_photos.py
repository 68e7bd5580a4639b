import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facepipe.client.photos import PHOTO_BYTES, PhotoSourceError, frames


def test_a_folder_is_read_in_order_and_photos_go_as_they_are(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.png", "notes.txt"):
        (tmp_path / name).write_bytes(name.encode())
    assert [(frame.name, frame.content) for frame in frames([tmp_path])] == [("a.png", b"a.png"), ("b.jpg", b"b.jpg")]


def test_every_second_frame_of_a_video(tmp_path: Path) -> None:
    import cv2

    writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for brightness in range(0, 200, 20):
        writer.write(np.full((48, 64, 3), brightness, np.uint8))
    writer.release()
    found = list(frames([tmp_path / "v.avi"], every=2))
    assert [frame.name for frame in found] == [f"v.avi#{index}" for index in range(0, 10, 2)]
    assert Image.open(io.BytesIO(found[0].content)).size == (64, 48)


def test_a_photo_that_is_too_large_is_sent_smaller_and_says_so(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > PHOTO_BYTES
    (frame,) = frames([tmp_path / "large.png"])
    assert len(frame.content) <= PHOTO_BYTES
    assert "too large" in frame.note
    assert Image.open(io.BytesIO(frame.content)).width >= 750


@pytest.mark.parametrize("name", ["missing.jpg", "missing.mp4"])
def test_what_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoSourceError, match=name):
        list(frames([tmp_path / name]))


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoSourceError, match="holds no photos"):
        list(frames([tmp_path]))


@pytest.mark.parametrize(("name", "kind"), [("a.heic", "HEIF"), ("a.avif", "AVIF"), ("really-heic.jpg", "HEIF")])
def test_what_phones_write_is_sent_as_jpeg(tmp_path: Path, name: str, kind: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    Image.new("RGB", (64, 48), "red").save(tmp_path / name, kind)
    (frame,) = frames([tmp_path])
    photo = Image.open(io.BytesIO(frame.content))
    assert (frame.name, photo.format, photo.size) == (name, "JPEG", (64, 48))
    assert "sent as 64×48 JPEG" in frame.note


def test_a_damaged_photo_of_a_phone_is_sent_as_it_is_and_the_function_says_why_not(tmp_path: Path) -> None:
    damaged = b"\0\0\0\x18ftypheic damaged"
    (tmp_path / "a.heic").write_bytes(damaged)
    assert [frame.content for frame in frames([tmp_path])] == [damaged]


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("a.mp4", "cv2", "opencv-python-headless"), ("a.heic", "pi_heif", "pi-heif")],
)
def test_a_package_that_only_some_sources_need_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic and what follows")
    with pytest.raises(PhotoSourceError) as caught:
        list(frames([tmp_path]))
    assert str(caught.value).startswith(name)
    assert str(caught.value).endswith(f"install it with: {sys.executable} -m pip install {package}")
