"""The photo files of phones and cameras."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.enrolment.photo_file import read_photo
from services.face_detection.photo import FORMATS, PhotoError, decode

pillow_heif = pytest.importorskip("pillow_heif")


def picture() -> Image.Image:
    """Smooth, so that every codec keeps it: red grows to the right, green downwards."""
    across, down = np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64))
    return Image.fromarray(np.stack([across, down, 0 * down], axis=2).astype(np.uint8))


@pytest.mark.parametrize(("suffix", "kind"), [("heic", "HEIF"), ("avif", "AVIF"), ("jpg", "JPEG")])
def test_a_photo_of_a_phone_is_read(tmp_path: Path, suffix: str, kind: str) -> None:
    pillow_heif.register_heif_opener()
    picture().save(tmp_path / f"x.{suffix}", kind, quality=95)
    read = read_photo(tmp_path / f"x.{suffix}")
    assert (read.mode, read.size) == ("RGB", (96, 64))
    assert np.abs(np.asarray(read, int) - np.asarray(picture(), int)).mean() < 4


@pytest.mark.parametrize(("suffix", "kind"), [("heic", "HEIF"), ("avif", "AVIF")])
def test_a_phone_held_upright_is_turned(tmp_path: Path, suffix: str, kind: str) -> None:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    picture().save(tmp_path / f"x.{suffix}", kind, quality=95, exif=exif.tobytes())
    read = np.asarray(read_photo(tmp_path / f"x.{suffix}"), int)
    assert read.shape == (96, 64, 3)
    assert np.abs(read - np.asarray(picture().rotate(-90, expand=True), int)).mean() < 4


@pytest.mark.parametrize("content", [b"", b"junk", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"])
def test_what_is_no_photo_is_refused_in_words_for_a_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.heic").write_bytes(content)
    with pytest.raises(PhotoError) as caught:
        read_photo(tmp_path / "x.heic")
    assert '"content"' not in str(caught.value)


@pytest.mark.parametrize(("suffix", "kind"), [("heic", "HEIF"), ("avif", "AVIF")])
def test_damage_anywhere_is_a_refusal_and_never_another_error(tmp_path: Path, suffix: str, kind: str) -> None:
    """AVIF's decoder has errors of its own kinds, by where the damage is."""
    pillow_heif.register_heif_opener()
    path = tmp_path / f"x.{suffix}"
    picture().save(path, kind, quality=60)
    whole, random = path.read_bytes(), np.random.default_rng(3)
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, len(damaged), 3):
            damaged[place] = random.integers(0, 256)
        path.write_bytes(damaged)
        try:
            read_photo(path)
        except PhotoError:
            refused += 1
    assert refused


def test_the_functions_still_take_what_they_took(tmp_path: Path) -> None:
    picture().save(tmp_path / "x.avif", "AVIF")
    with pytest.raises(PhotoError, match="no image that is understood"):
        decode((tmp_path / "x.avif").read_bytes(), maximum_pixels=10_000)
    assert "AVIF" not in FORMATS


def test_without_pi_heif_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif.register_heif_opener()
    picture().save(tmp_path / "x.heic", "HEIF")
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(PhotoError, match="install it with: .* -m pip install pi-heif"):
        read_photo(tmp_path / "x.heic")
