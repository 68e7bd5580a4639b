"""InceptionResnetV1, from either of its two published sources.

Both sources are first brought to the same form: one weight (out, in, height, width) and one bias a layer, batch
norm folded in, by facenet-pytorch's layer names (`repeat_1.0.branch1.2`). The net is written from that.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.nets.building.layers import Array, Layer, V, Writer, fold_standardisation

Layers = MutableMapping[str, tuple[Array, Array]]

BATCH_NORM_EPSILON = 1e-3
STEM = {
    "conv2d_1a": "Conv2d_1a_3x3",
    "conv2d_2a": "Conv2d_2a_3x3",
    "conv2d_2b": "Conv2d_2b_3x3",
    "conv2d_3b": "Conv2d_3b_1x1",
    "conv2d_4a": "Conv2d_4a_3x3",
    "conv2d_4b": "Conv2d_4b_3x3",
}
#: names of the convolutions of each branch, in the published TensorFlow graph, by kind of block
BRANCHES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "block35": (("1x1",), ("0a_1x1", "0b_3x3"), ("0a_1x1", "0b_3x3", "0c_3x3")),
    "block17": (("1x1",), ("0a_1x1", "0b_1x7", "0c_7x1")),
    "block8": (("1x1",), ("0a_1x1", "0b_1x3", "0c_3x1")),
    "mixed_6a": (("1a_3x3",), ("0a_1x1", "0b_3x3", "1a_3x3")),
    "mixed_7a": (("0a_1x1", "1a_3x3"), ("0a_1x1", "1a_3x3"), ("0a_1x1", "0b_3x3", "1a_3x3")),
}
#: facenet-pytorch's name of every block, its name in the TensorFlow graph, its kind and its residual scale
BLOCKS: list[tuple[str, str, str, float]] = (
    [(f"repeat_1.{i}", f"Repeat/block35_{i + 1}", "block35", 0.17) for i in range(5)]
    + [("mixed_6a", "Mixed_6a", "mixed_6a", 0.0)]
    + [(f"repeat_2.{i}", f"Repeat_1/block17_{i + 1}", "block17", 0.10) for i in range(10)]
    + [("mixed_7a", "Mixed_7a", "mixed_7a", 0.0)]
    + [(f"repeat_3.{i}", f"Repeat_2/block8_{i + 1}", "block8", 0.20) for i in range(5)]
    + [("block8", "Block8", "block8", 1.0)]
)


class InceptionError(ValueError):
    """The source lacks a tensor, or holds one that the architecture has no place for."""


@dataclass(slots=True)
class _Source:
    """Tensors by name, each to be taken once."""

    tensors: Mapping[str, NDArray[Any]]
    taken: set[str] = field(default_factory=set)

    def take(self, name: str) -> Array:
        if name not in self.tensors:
            raise InceptionError(f"the weights lack {name}: not those of InceptionResnetV1")
        self.taken.add(name)
        return self.tensors[name].astype(np.float32)

    def finish(self, *ignored: str) -> None:
        left = [n for n in self.tensors if n not in self.taken and not n.endswith(ignored)]
        if left:
            raise InceptionError(f"the weights hold {left[0]}, which InceptionResnetV1 has no place for")


def layers_from_checkpoint(state: Mapping[str, NDArray[Any]]) -> Layers:
    """From a facenet-pytorch state dict, folding batch norm; the classifier (`logits`) is left out."""
    source = _Source(state)
    layers: Layers = {}
    for name, _ in _convolutions():
        weight, bias = source.take(f"{name}.conv.weight"), np.zeros(1, np.float32)
        layers[name] = _fold(source, f"{name}.bn", weight, bias)
    for name, _, _, scale in BLOCKS:
        if scale:
            layers[f"{name}.conv2d"] = source.take(f"{name}.conv2d.weight"), source.take(f"{name}.conv2d.bias")
    weight = source.take("last_linear.weight")
    layers["last_linear"] = _fold(source, "last_bn", weight, np.zeros(1, np.float32))
    source.finish("num_batches_tracked", "logits.weight", "logits.bias")
    return layers


def layers_from_frozen_graph(constants: Mapping[str, NDArray[Any]]) -> Layers:
    """From the published TensorFlow graph, where batch norm is folded already, but for the last."""
    prefix = "InceptionResnetV1"
    source = _Source(constants)
    layers: Layers = {}
    for name, path in _convolutions():
        weight = source.take(f"{prefix}/{path}/weights").transpose(3, 2, 0, 1)
        layers[name] = weight, source.take(f"{prefix}/{path}/Conv2D_bn_offset")
    for name, path, _, scale in BLOCKS:
        if scale:
            weight = source.take(f"{prefix}/{path}/Conv2d_1x1/weights").transpose(3, 2, 0, 1)
            layers[f"{name}.conv2d"] = weight, source.take(f"{prefix}/{path}/Conv2d_1x1/biases")
    last = f"{prefix}/Bottleneck"
    weight = source.take(f"{last}/weights").transpose(1, 0)
    mean, variance = (source.take(f"{last}/BatchNorm/moving_{name}") for name in ("mean", "variance"))
    factor = 1 / np.sqrt(variance + BATCH_NORM_EPSILON)
    bias = source.take(f"{last}/BatchNorm/beta") - mean * factor
    layers["last_linear"] = (weight * factor[:, None]).astype(np.float32), bias.astype(np.float32)
    source.finish()
    return layers


def embedder(layers: Layers, net: Writer[V]) -> V:
    """Write the net: images of 160×160 in 0…255 (RGB) → 512 channels, of length 1."""
    x = net.conv_relu(net.image(), fold_standardisation(*layers["conv2d_1a"]), stride=2)
    x = net.conv_relu(x, layers["conv2d_2a"])
    x = net.max_pool(net.conv_relu(x, layers["conv2d_2b"], padding=(1, 1)), 3)
    x = net.conv_relu(net.conv_relu(x, layers["conv2d_3b"]), layers["conv2d_4a"])
    x = net.conv_relu(x, layers["conv2d_4b"], stride=2)
    for name, _, kind, scale in BLOCKS:
        x = _residual(net, x, layers, (name, kind, scale)) if scale else _reduction(net, x, layers, (name, kind))
    return net.unit_length(net.dense(net.flatten(net.mean(x)), layers["last_linear"]))


def _convolutions() -> Iterator[tuple[str, str]]:
    """Every convolution that batch norm follows: its name here, and in the TensorFlow graph."""
    yield from STEM.items()
    for name, path, kind, _ in BLOCKS:
        for index, branch in enumerate(BRANCHES[kind]):
            for step, convolution in enumerate(branch):
                suffix = f".{step}" if len(branch) > 1 else ""
                yield f"{name}.branch{index}{suffix}", f"{path}/Branch_{index}/Conv2d_{convolution}"


def _fold(source: _Source, norm: str, weight: Array, bias: Array) -> tuple[Array, Array]:
    factor = source.take(f"{norm}.weight") / np.sqrt(source.take(f"{norm}.running_var") + BATCH_NORM_EPSILON)
    shift = source.take(f"{norm}.bias") + (bias - source.take(f"{norm}.running_mean")) * factor
    folded = weight * factor.reshape([-1] + [1] * (weight.ndim - 1))
    return folded.astype(np.float32), shift.astype(np.float32)


def _padding(layer: Layer) -> tuple[int, int]:
    """Return the padding that keeps an image's size."""
    weight, _ = layer
    return weight.shape[2] // 2, weight.shape[3] // 2


def _residual(net: Writer[V], x: V, layers: Layers, block: tuple[str, str, float]) -> V:
    name, kind, scale = block
    branches = _branches(net, x, layers, (name, kind), last_stride=1)
    weight, bias = layers[f"{name}.conv2d"]
    scaled = weight * np.float32(scale), bias * np.float32(scale)
    return net.residual(x, net.concat(*branches), scaled, relu=name != "block8")


def _reduction(net: Writer[V], x: V, layers: Layers, block: tuple[str, str]) -> V:
    """Halve the size: the last convolution of each branch moves two pixels at a time."""
    return net.concat(*_branches(net, x, layers, block, last_stride=2), net.max_pool(x, 3))


def _branches(net: Writer[V], x: V, layers: Layers, block: tuple[str, str], *, last_stride: int) -> list[V]:
    """Write the branches of a block. A last convolution that moves by more than one pixel has no padding."""
    name, kind = block
    branches = []
    for index, branch in enumerate(BRANCHES[kind]):
        y = x
        for step in range(len(branch)):
            suffix = f".{step}" if len(branch) > 1 else ""
            layer = layers[f"{name}.branch{index}{suffix}"]
            stride = last_stride if step == len(branch) - 1 else 1
            y = net.conv_relu(y, layer, stride=stride, padding=_padding(layer) if stride == 1 else (0, 0))
        branches.append(y)
    return branches
