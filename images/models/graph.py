"""A small vocabulary for writing ONNX graphs: one method a layer, names given by the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
Layer = tuple[Array, Array]  #: weight (out, in, …), bias (out)

OPSET = 17
BLOCK = 16  #: channels that the widest vector registers hold
IR_VERSION = 9  #: what every ONNX Runtime since 1.15 reads


@dataclass(slots=True)
class Graph:
    """A graph under construction; every method takes and returns names of values."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """Append one operation and return the name of its (first) output."""
        output = f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, value: NDArray[Any]) -> str:
        """Store an array and return its name."""
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def conv(self, x: str, weight: Array, bias: Array, *, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> str:
        """Convolve N×C×H×W with `weight` (out, in, height, width); `padding` is (vertical, horizontal)."""
        return self.add(
            "Conv",
            x,
            self.constant(weight),
            self.constant(bias),
            kernel_shape=weight.shape[2:],
            strides=[stride, stride],
            pads=[*padding, *padding],
        )

    def dense(self, x: str, weight: Array, bias: Array) -> str:
        """Multiply N×in by `weight` (out, in) and add `bias`."""
        return self.add("Gemm", x, self.constant(weight), self.constant(bias), transB=1)

    def conv_prelu(self, x: str, layer: Layer, slope: Array) -> str:
        """Convolve, then PReLU: `x` where positive, `slope` times `x` elsewhere, by channel."""
        layer, parts = _for_prelu(layer, slope)
        return self._prelu(self.conv(x, *layer), [part.reshape(-1, 1, 1) for part in parts])

    def dense_prelu(self, x: str, layer: Layer, slope: Array) -> str:
        """Multiply by a matrix, then PReLU."""
        layer, parts = _for_prelu(layer, slope)
        return self._prelu(self.dense(x, *layer), parts)

    def _prelu(self, x: str, parts: Sequence[Array]) -> str:
        """`parts[0]`·x + `parts[1]`·relu(x); ONNX Runtime's own PRelu is scalar code and leaves its blocked layout."""
        factors = [self.constant(part) for part in parts]
        straight, bent = self.add("Mul", x, factors[0]), self.add("Relu", x)
        return self.add("Add", straight, self.add("Mul", bent, factors[1]) if len(factors) > 1 else bent)

    def conv_prelu_pool(self, x: str, layer: Layer, slope: Array, size: int) -> str:
        """As `max_pool` of `conv_prelu`, in the order that costs least.

        The maximum comes first, so that what follows works on a quarter of the values. That changes nothing where the
        slope is not negative: PReLU rises there. Elsewhere it is max(z, slope·z), so the convolution gets a second
        channel, slope·z, and the two maxima join afterwards, as max(p, q) = p + relu(q - p).
        """
        weight, bias = layer
        falling = np.flatnonzero(slope < 0)
        mirrored = np.concatenate([weight, weight[falling] * slope[falling, None, None, None]])
        x = self.conv(x, mirrored, np.concatenate([bias, bias[falling] * slope[falling]]))
        x = self.max_pool(x, size, ceil=True)
        straight, bent = np.zeros((2, len(slope), len(mirrored)), np.float32)
        rows = np.arange(len(slope))
        straight[rows, rows] = np.where(slope < 0, 1, slope)
        bent[rows, rows] = np.where(slope < 0, -1, np.abs(1 - slope))
        bent[falling, len(slope) + np.arange(len(falling))] = 1
        rest = self.add("Relu", self.mix(x, bent))
        if (slope > 1).any():
            signs = np.where(slope > 1, -1, 1).astype(np.float32)
            rest = self.add("Mul", rest, self.constant(signs.reshape(-1, 1, 1)))
        return self.add("Add", self.mix(x, straight), rest)

    def mix(self, x: str, matrix: Array) -> str:
        """Give each output channel as a sum of the input channels, pixel by pixel; `matrix` is (out, in)."""
        return self.conv(x, matrix[:, :, None, None], np.zeros(len(matrix), np.float32))

    def max_pool(self, x: str, size: int, *, ceil: bool = False) -> str:
        """Maximum over `size`×`size` windows, two apart; `ceil` keeps a last window that is not full."""
        return self.add("MaxPool", x, kernel_shape=[size, size], strides=[2, 2], ceil_mode=int(ceil))

    def model(
        self, x: tuple[str, int, Sequence[int | str]], y: str, width: int | str, *, rank: int = 2
    ) -> onnx.ModelProto:
        """Close the graph: `x` is (name, element type, shape), `y` becomes the output called "output"."""
        self.nodes.append(helper.make_node("Identity", [y], ["output"], name="output"))
        shape = ["n", width] if rank == 2 else ["n", width, "height_out", "width_out"]
        graph = helper.make_graph(
            self.nodes,
            "facepipe",
            [helper.make_tensor_value_info(*x)],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "facepipe"
        onnx.checker.check_model(model)
        return model


def widen(array: Array, axis: int) -> Array:
    """Append zeros up to whole blocks of channels: with others, ONNX Runtime leaves its blocked layout for pooling."""
    padding = [(0, 0)] * array.ndim
    padding[axis] = (0, -array.shape[axis] % BLOCK)
    return np.pad(array, padding)


def _for_prelu(layer: Layer, slope: Array) -> tuple[Layer, list[Array]]:
    """Return the layer, scaled where that spares an operation, and the parts that PReLU takes of it.

    slope·x + (1 - slope)·relu(x) is relu(y) + slope/(1 - slope)·y, where y = (1 - slope)·x; steep slopes spoil that.
    """
    rest = (1 - slope).astype(np.float32)
    if (slope > 0.9).any():
        return layer, [slope, rest]
    weight, bias = layer
    return (weight * rest.reshape(-1, *(1,) * (weight.ndim - 1)), bias * rest), [slope / rest]


def fold_standardisation(weight: Array, bias: Array) -> tuple[Array, Array]:
    """Fold `(x - 127.5) / 128`, facenet-pytorch's standardisation, into a first convolution without padding."""
    folded = bias - 127.5 / 128 * weight.sum(axis=(1, 2, 3))
    return (weight / 128).astype(np.float32), folded.astype(np.float32)
