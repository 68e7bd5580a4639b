"""The vocabulary in which the architectures are written, whatever file comes of it: one method a layer."""

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.nets.building.step import BLOCK

Array = NDArray[np.float32]
Layer = tuple[Array, Array]  #: weight (out, in, …), bias (out)

V = TypeVar("V")  #: what stands for a value between layers


class Writer(Protocol[V]):
    """Something that nets can be written into. All convolutions take (out, in, height, width) weights."""

    def image(self) -> V:
        """Return the net's input, with three channels."""
        ...

    def conv(self, x: V, layer: Layer) -> V:
        """Convolve, and nothing after it."""
        ...

    def conv_relu(self, x: V, layer: Layer, *, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> V:
        """Convolve, then ReLU; `padding` is (vertical, horizontal)."""
        ...

    def conv_prelu(self, x: V, layer: Layer, slope: Array) -> V:
        """Convolve, then PReLU: `x` where positive, `slope` times `x` elsewhere, by channel."""
        ...

    def conv_prelu_pool(self, x: V, layer: Layer, slope: Array, size: int) -> V:
        """Give `max_pool` of `conv_prelu`, with `ceil`."""
        ...

    def residual(self, x: V, branches: V, layer: Layer, *, relu: bool) -> V:
        """Convolve the branches, add `x`, and ReLU if wanted."""
        ...

    def max_pool(self, x: V, size: int, *, ceil: bool = False) -> V:
        """Maximum over `size`×`size` windows, two apart; `ceil` keeps a last window that is not full."""
        ...

    def concat(self, *parts: V) -> V:
        """Put the channels of all parts one after another."""
        ...

    def mean(self, x: V) -> V:
        """Give the mean of each channel."""
        ...

    def flatten(self, x: V) -> V:
        """Make one vector of each image: channel, row, column."""
        ...

    def dense(self, x: V, layer: Layer) -> V:
        """Multiply vectors by a matrix (out, in) and add the bias."""
        ...

    def dense_prelu(self, x: V, layer: Layer, slope: Array) -> V:
        """As `dense`, then PReLU."""
        ...

    def unit_length(self, x: V) -> V:
        """Scale vectors to length 1."""
        ...


def widen(array: Array, axis: int) -> Array:
    """Append zeros up to whole blocks of channels."""
    padding = [(0, 0)] * array.ndim
    padding[axis] = (0, -array.shape[axis] % BLOCK)
    return np.pad(array, padding)


def fold_standardisation(weight: Array, bias: Array) -> Layer:
    """Fold `(x - 127.5) / 128`, facenet-pytorch's standardisation, into a first convolution without padding."""
    folded = bias - 127.5 / 128 * weight.sum(axis=(1, 2, 3))
    return (weight / 128).astype(np.float32), folded.astype(np.float32)
