"""The layout of a step: what a plan's file holds of each layer, and what the kernels read there.

This is the one place where the layout is written down. `python -m services.nets.building.step` writes the kernels'
`step.hpp` from it, and a test compares the two. Whoever changes anything here raises `VERSION`: a plan and a library of
kernels work together only if they have the same version and the same size of a step.
"""

import ctypes
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

VERSION = 3  #: raise it when a field, or what a field or the weights beside it mean, changes
BLOCK = 16  #: channels that are stored together: as many as the widest vector registers hold
PLANES = 16  #: values that a net may hold at once, with its input

HEADER = Path(__file__).parents[1] / "kernels/step.hpp"


class StepKind(IntEnum):
    """What a step does."""

    CONVOLUTION = 0
    WINOGRAD = 1
    MAXIMUM = 2
    MEAN = 3
    UNIT_LENGTH = 4


class Activation(IntEnum):
    """What becomes of a convolution's sums."""

    PLAIN = 0
    RELU = 1
    PRELU = 2


class Field(NamedTuple):
    """One number of a step."""

    name: str
    meaning: str
    default: int = 0
    bits: int = 32


FIELDS = (
    Field("kind", "a Kind"),
    Field("source", "the plane that is read; 0 is the net's input"),
    Field("target", "the plane that is written"),
    Field("residual", "the plane that is added before the activation, or -1", -1),
    Field("kernel_height", "of the window", 1),
    Field("kernel_width", "of the window", 1),
    Field("stride", "pixels from one window to the next, in both directions", 1),
    Field("channels", "of the source, which may hold more"),
    Field("blocks", "of the result's channels, written from target_channel on"),
    Field("target_channel", "the first channel of the target that is written"),
    Field("target_channels", "all channels of the target"),
    Field("border_height", "rows of zeros around the target: the padding that the next step wants"),
    Field("border_width", "columns of zeros around the target"),
    Field("activation", "an Activation", Activation.PLAIN),
    Field("ceil", "1: a maximum's last window counts even if it is not full"),
    Field("weights", "their place among the weights; -1: none", -1, bits=64),
    Field("bias", "its place among the weights; -1: none", -1, bits=64),
    Field("slope", "its place among the weights; -1: none", -1, bits=64),
)
DEFAULTS = {field.name: field.default for field in FIELDS}


class NetStep(ctypes.Structure):
    """A step as the kernels read it."""

    _fields_ = [(field.name, ctypes.c_int64 if field.bits == 64 else ctypes.c_int32) for field in FIELDS]


def header() -> str:
    """Return the text of `step.hpp`."""
    numbers = {
        f"constexpr int BLOCK = {BLOCK};": "channels that are stored together, however wide the vectors are",
        f"constexpr int PLANES = {PLANES};": "values that a net may hold at once, with its input",
    }
    fields = {f"    std::int{field.bits}_t {field.name};": field.meaning for field in FIELDS}
    lines = [
        "// Made by `python -m services.nets.building.step`, from services/nets/building/step.py: change it there.",
        "#pragma once",
        "#include <cstdint>",
        "",
        "namespace facepipe {",
        "",
        f"constexpr std::int32_t STEP_VERSION = {VERSION};",
        "",
        *_commented(numbers),
        "",
        _enumeration("Kind", StepKind),
        _enumeration("Activation", Activation),
        "",
        "// One layer.",
        "struct Step {",
        *_commented(fields),
        "};",
        f'static_assert(sizeof(Step) == {ctypes.sizeof(NetStep)}, "the plan\'s writer has another layout");',
        "",
        "}  // namespace facepipe",
    ]
    return "\n".join(lines) + "\n"


def _enumeration(name: str, members: type[IntEnum]) -> str:
    names = ", ".join(member.name for member in members)
    return f"enum {name} : std::int32_t {{ {names} }};"


def _commented(lines: Mapping[str, str]) -> list[str]:
    """Return lines with their comments, one below the other as clang-format wants them."""
    width = max(map(len, lines))
    return [f"{line:{width}}  // {comment}" for line, comment in lines.items()]


if __name__ == "__main__":
    HEADER.write_text(header(), encoding="utf-8")
