"""Faces as PNG files: other people's readers must see the same pixels."""

import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.face_detection.png import PngWriter
from services.nets.kernel_library import Kernels, load_kernels, suitable

pytestmark = pytest.mark.models


@pytest.fixture(scope="module", params=suitable())
def kernels(models_dir: Path, request: pytest.FixtureRequest) -> Kernels:
    return load_kernels(models_dir, [request.param])


def deflated(kernels: Kernels, content: np.ndarray) -> bytes:
    packed = np.full(2 * len(content) + 256, 0xAA, np.uint8)
    size = kernels.deflate_bytes(content.ctypes.data, len(content), packed.ctypes.data)
    assert size <= len(packed)
    return packed[:size].tobytes()


@settings(max_examples=60)
@given(size=st.tuples(st.integers(1, 70), st.integers(1, 70)), values=st.integers(1, 256), seed=st.integers(0, 99))
def test_two_other_readers_see_the_same_pixels(kernels, size: tuple[int, int], values: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, values, (*size, 3), np.uint8)
    file = PngWriter(kernels)(Image.fromarray(pixels))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), pixels)
    decoded = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.array_equal(decoded[..., ::-1], pixels)


@settings(max_examples=60)
@given(st.binary(min_size=1, max_size=3000))
def test_any_bytes_come_back(kernels, content: bytes) -> None:
    assert zlib.decompress(deflated(kernels, np.frombuffer(content, np.uint8)), -zlib.MAX_WBITS) == content


def test_codes_that_would_be_too_long_are_shortened(kernels) -> None:
    """Counts that are Fibonacci numbers give the longest codes: 23 bits, where DEFLATE allows 15."""
    counts = [1, 1]
    while len(counts) < 24:
        counts.append(counts[-1] + counts[-2])
    content = np.random.default_rng(0).permutation(np.repeat(np.arange(24, dtype=np.uint8), counts))
    packed = deflated(kernels, content)
    assert zlib.decompress(packed, -zlib.MAX_WBITS) == content.tobytes()
    assert len(packed) < len(content) / 2


def test_a_file_is_about_as_large_as_pillows(kernels, samples: Path) -> None:
    face = Image.open(samples / "astronaut.png").convert("RGB").crop((160, 20, 300, 160)).resize((160, 160))
    theirs = io.BytesIO()
    face.save(theirs, "PNG")
    assert len(PngWriter(kernels)(face)) < 1.05 * theirs.tell()
