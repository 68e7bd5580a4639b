"""The layout of a step is written down once: the kernels' header is made from it."""

import ctypes

from services.nets.building.step import BLOCK, FIELDS, HEADER, VERSION, NetStep, header


def test_the_kernels_header_is_the_one_that_the_layout_gives() -> None:
    cure = "run `python -m services.nets.building.step`, and raise VERSION in step.py"
    assert HEADER.read_text(encoding="utf-8") == header(), cure


def test_a_step_has_every_field_at_the_place_that_c_gives_it() -> None:
    """15 numbers of 4 bytes, 4 bytes that align what follows, and 3 places of 8 bytes."""
    assert [field.bits for field in FIELDS] == [32] * 15 + [64] * 3
    assert ctypes.sizeof(NetStep) == 15 * 4 + 4 + 3 * 8
    assert (NetStep.kind.offset, NetStep.ceil.offset, NetStep.weights.offset) == (0, 56, 64)


def test_the_header_says_version_and_size() -> None:
    assert f"constexpr std::int32_t STEP_VERSION = {VERSION};" in header()
    assert f"static_assert(sizeof(Step) == {ctypes.sizeof(NetStep)}," in header()
    assert f"constexpr int BLOCK = {BLOCK};" in header()
