"""The three nets of MTCNN (Zhang et al., 2016; layers and names as in facenet-pytorch).

All take float32 images in 0…255 (RGB) and give one array whose first channel is the logit of "face", that is the
second class's score less the first's: its sigmoid is the softmax's probability. Box corrections and landmarks follow.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.nets.building.layers import Layer, V, Writer, fold_standardisation, widen

State = Mapping[str, NDArray[Any]]


def pnet(state: State, net: Writer[V]) -> V:
    """P-Net: 5 channels (logit, 4 corrections), one cell for every second pixel's 12×12 window."""
    x = net.conv_prelu_pool(net.image(), _first(state), state["prelu1.weight"], 2)
    x = net.conv_prelu(x, _pair(state, "conv2"), state["prelu2.weight"])
    x = net.conv_prelu(x, _pair(state, "conv3"), state["prelu3.weight"])
    return net.conv(x, _heads(_pair(state, "conv4_1"), _pair(state, "conv4_2")))


def rnet(state: State, net: Writer[V]) -> V:
    """R-Net: images of 24×24 → 5 channels (logit, 4 corrections)."""
    state = _in_blocks(state)
    x = net.conv_prelu(net.image(), _first(state), state["prelu1.weight"])
    x = net.max_pool(x, 3, ceil=True)
    x = net.conv_prelu(x, _pair(state, "conv2"), state["prelu2.weight"])
    x = net.max_pool(x, 3, ceil=True)
    x = net.conv_prelu(x, _pair(state, "conv3"), state["prelu3.weight"])
    x = net.flatten(x)
    x = net.dense_prelu(x, _after_flatten(state, "dense4", channels=64, side=3), state["prelu4.weight"])
    return net.dense(x, _heads(_pair(state, "dense5_1"), _pair(state, "dense5_2")))


def onet(state: State, net: Writer[V]) -> V:
    """O-Net: images of 48×48 → 15 channels (logit, 4 corrections, 5 landmarks' x, their y)."""
    x = net.conv_prelu(net.image(), _first(state), state["prelu1.weight"])
    x = net.max_pool(x, 3, ceil=True)
    x = net.conv_prelu(x, _pair(state, "conv2"), state["prelu2.weight"])
    x = net.max_pool(x, 3, ceil=True)
    x = net.conv_prelu(x, _pair(state, "conv3"), state["prelu3.weight"])
    x = net.max_pool(x, 2, ceil=True)
    x = net.conv_prelu(x, _pair(state, "conv4"), state["prelu4.weight"])
    x = net.flatten(x)
    x = net.dense_prelu(x, _after_flatten(state, "dense5", channels=128, side=3), state["prelu5.weight"])
    heads = _heads(_pair(state, "dense6_1"), _pair(state, "dense6_2"), _pair(state, "dense6_3"))
    return net.dense(x, heads)


def _in_blocks(state: State) -> State:
    """Return the net with its first layer widened to whole blocks of channels; the additional ones are zero.

    With others, ONNX Runtime leaves its blocked layout for the pooling, and the kernels cannot save multiplications
    in the second layer.
    """
    widened = {name: widen(state[name], 0) for name in ("conv1.weight", "conv1.bias", "prelu1.weight")}
    return {**state, **widened, "conv2.weight": widen(state["conv2.weight"], 1)}


def _pair(state: State, layer: str) -> Layer:
    return state[f"{layer}.weight"], state[f"{layer}.bias"]


def _first(state: State) -> Layer:
    return fold_standardisation(*_pair(state, "conv1"))


def _heads(classes: Layer, *others: Layer) -> Layer:
    """One layer for all heads, with the two class scores reduced to their difference."""
    weight, bias = classes
    weights = [weight[1:] - weight[:1]] + [weight for weight, _ in others]
    biases = [bias[1:] - bias[:1]] + [bias for _, bias in others]
    return np.concatenate(weights), np.concatenate(biases)


def _after_flatten(state: State, layer: str, *, channels: int, side: int) -> Layer:
    """Reorder the columns of a dense layer that facenet-pytorch feeds in the order (width, height, channel)."""
    weight, bias = _pair(state, layer)
    columns = weight.reshape(-1, side, side, channels).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(columns).reshape(len(weight), -1), bias
