"""Nets as lists of steps with their weights, in the order in which the kernels (`services/nets/kernels`) read them.

A file begins with one line of JSON: `step_version` and `step_bytes`, by which the loader sees that the kernels read the
steps as they were written; `steps`, their number; `channels` of the input, and `outputs`. The steps follow, as in
`step.py`, and then the weights: float32, little endian. Line and steps are each filled up to a multiple of 4096 bytes.
"""

import ctypes
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.nets.building.layers import Array, Layer, widen
from services.nets.building.step import BLOCK, DEFAULTS, PLANES, VERSION, Activation, NetStep, StepKind

ALIGNMENT = 16  #: numbers: a cache line
PAGE_BYTES = 4096

NONE = (0, 0)  #: padding

#: pairs ±a of the points of Winograd's way, by the weights in a row of the window (`winograd.cpp`)
PAIRS: Mapping[int, tuple[float, ...]] = {3: (1, 2), 7: (0.4, 0.8, 1.25, 2.5)}
#: layers with more weights gain nothing for one face: the factors, four times as many, come from memory at every call
WINOGRAD_MOST = 256 * 256 - 1


@dataclass(slots=True, eq=False)
class Value:
    """What steps write and others read."""

    channels: int
    border: tuple[int, int] | None = None  #: of zeros around it, vertical and horizontal; None before anything reads it

    def read(self, padding: tuple[int, int] = NONE) -> None:
        """Have a step read this, with that padding; `ValueError` where another one reads it otherwise."""
        if self.border not in (None, padding):
            raise ValueError(
                f"read with a padding of {padding}, and elsewhere of {self.border}: a value has one border"
            )
        self.border = padding


@dataclass(slots=True, eq=False)
class _PlannedStep:
    source: Value
    target: Value
    fields: dict[str, int]
    residual: Value | None = None

    def replaceable(self) -> Value | None:
        """Return what the result may be written over: the residual, for each sum reads only the number it replaces."""
        added, target = self.residual, self.target
        if added is None or added is self.source:
            return None
        alike = (added.channels, added.border) == (target.channels, target.border or NONE)
        return added if alike else None


@dataclass(slots=True)
class Plan:
    """A net under construction, a `Writer`."""

    steps: list[_PlannedStep] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)
    size: int = 0  #: numbers in `weights`
    input: Value = field(default_factory=lambda: Value(3, NONE))

    def image(self) -> Value:
        """Return the net's input: images × height × width × 3."""
        return self.input

    def conv(self, x: Value, layer: Layer) -> Value:
        """Convolve, and nothing after it."""
        return self._conv(x, layer, {})

    def conv_relu(self, x: Value, layer: Layer, *, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> Value:
        """Convolve, then ReLU; the step that writes `x` puts the padding around it."""
        return self._conv(x, layer, {"stride": stride, "activation": Activation.RELU}, padding)

    def conv_prelu(self, x: Value, layer: Layer, slope: Array) -> Value:
        """Convolve, then PReLU."""
        return self._conv(x, layer, self._prelu(slope))

    def conv_prelu_pool(self, x: Value, layer: Layer, slope: Array, size: int) -> Value:
        """Convolve, PReLU, and the maximum: PReLU costs nothing here, for it happens in registers."""
        return self.max_pool(self.conv_prelu(x, layer, slope), size, ceil=True)

    def residual(self, x: Value, branches: Value, layer: Layer, *, relu: bool) -> Value:
        """Convolve the branches, add `x`, and ReLU if wanted."""
        y = self._conv(branches, layer, {"activation": Activation.RELU if relu else Activation.PLAIN})
        self.steps[-1].residual = x
        x.read()
        return y

    def max_pool(self, x: Value, size: int, *, ceil: bool = False) -> Value:
        """Maximum over `size`×`size` windows, two apart."""
        window = {"kernel_height": size, "kernel_width": size, "stride": 2, "ceil": int(ceil)}
        return self._add(StepKind.MAXIMUM, x, x.channels, window)

    def concat(self, *parts: Value) -> Value:
        """Have the parts written into one value from the start."""
        whole = Value(sum(part.channels for part in parts))
        first = 0
        for part in parts:
            for step in self.steps:
                if step.target is part:
                    step.target, step.fields["target_channel"] = whole, first
            first += part.channels
        return whole

    def mean(self, x: Value) -> Value:
        """Give the mean of each channel."""
        return self._add(StepKind.MEAN, x, x.channels, {})

    def flatten(self, x: Value) -> Value:
        """Do nothing: a dense layer is a convolution whose window is the whole image."""
        return x

    def dense(self, x: Value, layer: Layer) -> Value:
        """Multiply vectors, or whole images, by a matrix and add the bias."""
        return self._add_layer(x, _as_window(x, layer), {}, StepKind.CONVOLUTION)

    def dense_prelu(self, x: Value, layer: Layer, slope: Array) -> Value:
        """As `dense`, then PReLU."""
        return self._add_layer(x, _as_window(x, layer), self._prelu(slope), StepKind.CONVOLUTION)

    def unit_length(self, x: Value) -> Value:
        """Scale vectors to length 1."""
        return self._add(StepKind.UNIT_LENGTH, x, x.channels, {})

    def file(self, outputs: int) -> bytes:
        """Return the file's content; the last step gives the output, of which so many channels count."""
        steps = [NetStep(**step) for step in self.numbered_steps()]
        header = {"step_version": VERSION, "step_bytes": ctypes.sizeof(NetStep), "steps": len(steps)}
        line = json.dumps({**header, "channels": self.input.channels, "outputs": outputs}).encode()
        line += b" " * (-(len(line) + 1) % PAGE_BYTES) + b"\n"
        content = b"".join(map(bytes, steps))
        content += bytes(-len(content) % PAGE_BYTES)
        return line + content + np.concatenate(self.weights).astype("<f4").tobytes()

    def _conv(self, x: Value, layer: Layer, fields: dict[str, int], padding: tuple[int, int] = NONE) -> Value:
        kind = StepKind.WINOGRAD if _spares(layer[0], fields.get("stride", 1)) else StepKind.CONVOLUTION
        return self._add_layer(x, layer, fields, kind, padding)

    def _prelu(self, slope: Array) -> dict[str, int]:
        return {"activation": Activation.PRELU, "slope": self._store(widen(slope, 0))}

    def _add_layer(
        self, x: Value, layer: Layer, fields: dict[str, int], kind: StepKind, padding: tuple[int, int] = NONE
    ) -> Value:
        weight, bias = layer
        stride = fields.get("stride", 1)
        ordered = winograd_weights(weight, stride) if kind == StepKind.WINOGRAD else direct_weights(weight)
        window = {"kernel_height": weight.shape[2], "kernel_width": weight.shape[3]}
        places = {"weights": self._store(ordered), "bias": self._store(widen(bias, 0))}
        return self._add(kind, x, len(weight), {**window, **places, **fields}, padding)

    def _add(
        self, kind: int, x: Value, channels: int, fields: dict[str, int], padding: tuple[int, int] = NONE
    ) -> Value:
        x.read(padding)
        y = Value(channels)
        self.steps.append(
            _PlannedStep(x, y, {"kind": kind, "channels": x.channels, "blocks": -(-channels // BLOCK), **fields})
        )
        return y

    def _store(self, array: Array) -> int:
        place = self.size
        flat = np.ascontiguousarray(array, np.float32).reshape(-1)
        self.weights.append(np.pad(flat, (0, -len(flat) % ALIGNMENT)))
        self.size += len(self.weights[-1])
        return place

    def numbered_steps(self) -> Iterable[Mapping[str, int]]:
        """Return the steps' fields, with values that are not needed at the same time in the same plane."""
        last = {value: number for number, step in enumerate(self.steps) for value in (step.source, step.residual)}
        planes: dict[Value | None, int] = {self.input: 0, None: -1}
        free: list[int] = []
        for number, step in enumerate(self.steps):
            read = dict.fromkeys((step.source, step.residual))  # in order, so that the same net makes the same file
            over = [value for value in read if value not in (self.input, None) and last[value] == number]
            if step.target not in planes:
                if (replaced := step.replaceable()) in over:
                    over.remove(replaced)
                    free.append(planes[replaced])
                planes[step.target] = free.pop() if free else 1 + max(planes.values())
                if planes[step.target] >= PLANES:
                    raise ValueError(f"the net needs more than {PLANES} values at once")
            height, width = step.target.border or NONE
            yield {
                **DEFAULTS,
                **step.fields,
                **{name: planes[getattr(step, name)] for name in ("source", "target", "residual")},
                "target_channels": -(-step.target.channels // BLOCK) * BLOCK,
                "border_height": height,
                "border_width": width,
            }
            free += [planes[value] for value in over]


def direct_weights(weight: Array) -> Array:
    """Order (out, in, height, width) as block, height, width, in, channel of the block."""
    return _in_blocks(weight).transpose(0, 3, 4, 2, 1)


def winograd_weights(weight: Array, stride: int = 1) -> Array:
    """Turn windows into factors: factor, block, in, channel of the block."""
    down, across = (_winograd_matrix(pixels, stride) for pixels in weight.shape[2:])
    factors = np.einsum("xi,ocij,yj->xyoc", down, weight.astype(np.float64), across)
    return np.stack([_in_blocks(factor).transpose(0, 2, 1) for factor in factors.reshape(-1, *weight.shape[:2])])


def _winograd_matrix(weights: int, stride: int) -> NDArray[np.float64]:
    """Return what turns a row of that many weights into factors; the comments of `winograd.cpp` explain it."""
    if weights == 1:
        return np.ones((1, 1))
    if stride == 2:
        return np.array([[1.0, 0, 0], [1, 0, 1], [0, 0, 1], [0, 1, 0]])
    points = [0.0]
    points.extend(sign * a for a in PAIRS[weights] for sign in (1, -1))
    rows = [np.power(p, range(weights)) / np.prod([p - other for other in points if other != p]) for p in points]
    return np.array([*rows, [0] * (weights - 1) + [1]])


def _spares(weight: Array, stride: int) -> bool:
    out, channels, *window = weight.shape
    known = (*window, stride) in ((3, 3, 1), (1, 7, 1), (7, 1, 1), (3, 3, 2))
    return known and channels % BLOCK == 0 and out * channels <= WINOGRAD_MOST


def _as_window(x: Value, layer: Layer) -> Layer:
    weight, bias = layer
    side = round((weight.shape[1] / x.channels) ** 0.5)
    return weight.reshape(len(weight), x.channels, side, side), bias


def _in_blocks(weight: NDArray[Any]) -> NDArray[Any]:
    wide = widen(weight, 0)
    return wide.reshape(-1, BLOCK, *wide.shape[1:])
