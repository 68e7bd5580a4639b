"""A small vocabulary for writing ONNX graphs: one method a layer, names given by the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]

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

    def prelu(self, x: str, slope: Array) -> str:
        """`x` where positive, `slope` times `x` elsewhere, by channel.

        Written as a·x + (1-a)·relu(x): ONNX Runtime's own PRelu is scalar code and leaves its blocked layout.
        """
        shape = (-1, 1, 1) if x.startswith(("conv", "maxpool")) else (-1,)
        part = self.add("Mul", x, self.constant(slope.reshape(shape)))
        rest = self.add("Mul", self.add("Relu", x), self.constant((1 - slope).reshape(shape).astype(np.float32)))
        return self.add("Add", part, rest)

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


def fold_standardisation(weight: Array, bias: Array) -> tuple[Array, Array]:
    """Fold `(x - 127.5) / 128`, facenet-pytorch's standardisation, into a first convolution without padding."""
    folded = bias - 127.5 / 128 * weight.sum(axis=(1, 2, 3))
    return (weight / 128).astype(np.float32), folded.astype(np.float32)
