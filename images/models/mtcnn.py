"""The three nets of MTCNN as ONNX graphs (Zhang et al., 2016; layers and names as in facenet-pytorch).

All take float32 N×3×H×W in 0…255 (RGB) and give one array whose first column is the logit of "face", that is the
second class's score less the first's: its sigmoid is the softmax's probability. Box corrections and landmarks follow.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from images.models.graph import Graph, Layer, fold_standardisation, widen

State = Mapping[str, NDArray[Any]]


def pnet(state: State) -> onnx.ModelProto:
    """P-Net: N×3×H×W → N×5×h×w (logit, 4 corrections), one cell for every second pixel's 12×12 window."""
    graph = Graph()
    x = graph.conv_prelu_pool("image", _first(state), state["prelu1.weight"], 2)
    x = graph.conv_prelu(x, _pair(state, "conv2"), state["prelu2.weight"])
    x = graph.conv_prelu(x, _pair(state, "conv3"), state["prelu3.weight"])
    x = graph.conv(x, *_heads(state, "conv4_1", "conv4_2"))
    return graph.model(("image", TensorProto.FLOAT, ["n", 3, "height", "width"]), x, 5, rank=4)


def rnet(state: State) -> onnx.ModelProto:
    """R-Net: N×3×24×24 → N×5 (logit, 4 corrections)."""
    graph, state = Graph(), _in_blocks(state)
    x = graph.conv_prelu("image", _first(state), state["prelu1.weight"])
    x = graph.max_pool(x, 3, ceil=True)
    x = graph.conv_prelu(x, _pair(state, "conv2"), state["prelu2.weight"])
    x = graph.max_pool(x, 3, ceil=True)
    x = graph.conv_prelu(x, _pair(state, "conv3"), state["prelu3.weight"])
    x = graph.add("Flatten", x)
    x = graph.dense_prelu(x, _after_flatten(state, "dense4", channels=64, side=3), state["prelu4.weight"])
    x = graph.dense(x, *_heads(state, "dense5_1", "dense5_2"))
    return graph.model(("image", TensorProto.FLOAT, ["n", 3, 24, 24]), x, 5)


def onet(state: State) -> onnx.ModelProto:
    """O-Net: N×3×48×48 → N×15 (logit, 4 corrections, 5 landmarks' x, their y)."""
    graph = Graph()
    x = graph.conv_prelu("image", _first(state), state["prelu1.weight"])
    x = graph.max_pool(x, 3, ceil=True)
    x = graph.conv_prelu(x, _pair(state, "conv2"), state["prelu2.weight"])
    x = graph.max_pool(x, 3, ceil=True)
    x = graph.conv_prelu(x, _pair(state, "conv3"), state["prelu3.weight"])
    x = graph.max_pool(x, 2, ceil=True)
    x = graph.conv_prelu(x, _pair(state, "conv4"), state["prelu4.weight"])
    x = graph.add("Flatten", x)
    x = graph.dense_prelu(x, _after_flatten(state, "dense5", channels=128, side=3), state["prelu5.weight"])
    x = graph.dense(x, *_heads(state, "dense6_1", "dense6_2", "dense6_3"))
    return graph.model(("image", TensorProto.FLOAT, ["n", 3, 48, 48]), x, 15)


def _in_blocks(state: State) -> State:
    """Return the net with its first layer widened to whole blocks of channels; the additional ones are zero."""
    widened = {name: widen(state[name], 0) for name in ("conv1.weight", "conv1.bias", "prelu1.weight")}
    return {**state, **widened, "conv2.weight": widen(state["conv2.weight"], 1)}


def _pair(state: State, layer: str) -> Layer:
    return state[f"{layer}.weight"], state[f"{layer}.bias"]


def _first(state: State) -> Layer:
    return fold_standardisation(*_pair(state, "conv1"))


def _heads(state: State, classes: str, *others: str) -> Layer:
    """One layer for all heads, with the two class scores reduced to their difference."""
    weight, bias = _pair(state, classes)
    weights = [weight[1:] - weight[:1], *(state[f"{name}.weight"] for name in others)]
    biases = [bias[1:] - bias[:1], *(state[f"{name}.bias"] for name in others)]
    return np.concatenate(weights), np.concatenate(biases)


def _after_flatten(state: State, layer: str, *, channels: int, side: int) -> Layer:
    """Reorder the columns of a dense layer that facenet-pytorch feeds in the order (width, height, channel)."""
    weight, bias = _pair(state, layer)
    columns = weight.reshape(-1, side, side, channels).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(columns).reshape(len(weight), -1), bias
