"""Nets as files, and whether files are of this version of the program."""

import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from onnx.external_data_helper import set_external_data

from images.models.fetch import write_whole
from images.models.graph import Graph
from images.models.plan import Plan

LARGE_GRAPH_BYTES = (
    10_000_000  #: ONNX Runtime loads a graph from this size on faster with its arrays in a file beside it
)
LARGE_ARRAY_BYTES = 10_000
ALIGNMENT_BYTES = 64  #: of each array in its file
IMAGES = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class NetWithWeights:
    """An architecture with its weights: `write` puts it into any `Writer` and returns the last value."""

    name: str
    write: Callable[[Any], Any]
    outputs: int  #: channels
    rank: int = 2  #: of the output: 4 where it has a height and a width


def writer() -> str:
    """Return what tells this version of the program from others, so that what another one wrote is built anew."""
    sources = (*(IMAGES / "models").glob("*.py"), *(IMAGES / "kernels").glob("*.?pp"), IMAGES / "kernels/build.py")
    content = b"".join(path.read_bytes() for path in sorted(sources))
    return hashlib.sha256(content + onnx.__version__.encode() + platform.machine().encode()).hexdigest()


def write_net(models: Path, net: NetWithWeights) -> list[Path]:
    """Write a net for both engines; return the files."""
    plan, graph = Plan(), Graph()
    net.write(plan)
    path = models / f"{net.name}.plan"
    write_whole(path, plan.file(net.outputs))
    return [path, *_write_graph(models, net.name, graph.model(net.write(graph), net.outputs, rank=net.rank))]


def _write_graph(models: Path, name: str, model: onnx.ModelProto) -> list[Path]:
    """Write a graph, with the arrays of a large one in `<name>.weights`."""
    path, weights = models / f"{name}.onnx", models / f"{name}.weights"
    content = bytearray()
    if model.ByteSize() >= LARGE_GRAPH_BYTES:
        for tensor in model.graph.initializer:
            if len(tensor.raw_data) >= LARGE_ARRAY_BYTES:
                content.extend(bytes(-len(content) % ALIGNMENT_BYTES))
                set_external_data(tensor, weights.name, len(content), len(tensor.raw_data))
                content.extend(tensor.raw_data)
                tensor.ClearField("raw_data")
        write_whole(weights, bytes(content))
    write_whole(path, model.SerializeToString())
    return [path, weights] if content else [path]
