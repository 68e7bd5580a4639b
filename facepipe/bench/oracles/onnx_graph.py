"""Nets as ONNX graphs: one method a layer, names given by the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from services.nets.building.layers import Array, Layer

OPSET = 17
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

    def image(self) -> str:
        """Return the net's input: the name that every signature gives it."""
        return "image"

    def conv(self, x: str, layer: Layer) -> str:
        """Convolve, and nothing after it."""
        return self._conv(x, layer)

    def conv_relu(self, x: str, layer: Layer, *, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> str:
        """Convolve, then ReLU; `padding` is (vertical, horizontal)."""
        return self.add("Relu", self._conv(x, layer, stride, padding))

    def conv_prelu(self, x: str, layer: Layer, slope: Array) -> str:
        """Convolve, then PReLU."""
        layer, parts = _for_prelu(layer, slope)
        return self._prelu(self.conv(x, layer), [part.reshape(-1, 1, 1) for part in parts])

    def residual(self, x: str, branches: str, layer: Layer, *, relu: bool) -> str:
        """Convolve the branches, add `x`, and ReLU if wanted."""
        y = self.add("Add", self.conv(branches, layer), x)
        return self.add("Relu", y) if relu else y

    def concat(self, *parts: str) -> str:
        """Put the channels of all parts one after another."""
        return self.add("Concat", *parts, axis=1)

    def mean(self, x: str) -> str:
        """Give the mean of each channel."""
        return self.add("GlobalAveragePool", x)

    def flatten(self, x: str) -> str:
        """Make one vector of each image."""
        return self.add("Flatten", x)

    def dense(self, x: str, layer: Layer) -> str:
        """Multiply N×in by a matrix (out, in) and add the bias."""
        weight, bias = layer
        return self.add("Gemm", x, self.constant(weight), self.constant(bias), transB=1)

    def dense_prelu(self, x: str, layer: Layer, slope: Array) -> str:
        """As `dense`, then PReLU."""
        layer, parts = _for_prelu(layer, slope)
        return self._prelu(self.dense(x, layer), parts)

    def unit_length(self, x: str) -> str:
        """Scale vectors to length 1."""
        return self.add("LpNormalization", x, axis=1, p=2)

    def _conv(self, x: str, layer: Layer, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> str:
        weight, bias = layer
        return self.add(
            "Conv",
            x,
            self.constant(weight),
            self.constant(bias),
            kernel_shape=weight.shape[2:],
            strides=[stride, stride],
            pads=[*padding, *padding],
        )

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
        x = self.conv(x, (mirrored, np.concatenate([bias, bias[falling] * slope[falling]])))
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
        return self.conv(x, (matrix[:, :, None, None], np.zeros(len(matrix), np.float32)))

    def max_pool(self, x: str, size: int, *, ceil: bool = False) -> str:
        """Maximum over `size`×`size` windows, two apart; `ceil` keeps a last window that is not full."""
        return self.add("MaxPool", x, kernel_shape=[size, size], strides=[2, 2], ceil_mode=int(ceil))

    def model(self, y: str, outputs: int | str, *, rank: int = 2) -> onnx.ModelProto:
        """Close the graph: `y`, of that many channels, becomes the output. Images are N×3×height×width floats."""
        self.nodes.append(helper.make_node("Identity", [y], ["output"], name="output"))
        shape = ["n", outputs, "height_out", "width_out"][:rank]
        graph = helper.make_graph(
            self.nodes,
            "facepipe",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "height", "width"])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "facepipe"
        onnx.checker.check_model(model)
        return model


def _for_prelu(layer: Layer, slope: Array) -> tuple[Layer, list[Array]]:
    """Return the layer, scaled where that spares an operation, and the parts that PReLU takes of it.

    slope·x + (1 - slope)·relu(x) is relu(y) + slope/(1 - slope)·y, where y = (1 - slope)·x; steep slopes spoil that.
    """
    rest = (1 - slope).astype(np.float32)
    if (slope > 0.9).any():
        return layer, [slope, rest]
    weight, bias = layer
    columns = rest.reshape([-1] + [1] * (weight.ndim - 1))
    return (weight * columns, bias * rest), [slope / rest]
