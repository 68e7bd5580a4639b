"""Graphs as files, and whether files are of this version of the program."""

import hashlib
from pathlib import Path

import onnx
from onnx.external_data_helper import set_external_data

from images.models.fetch import write_whole

LARGE_GRAPH_BYTES = (
    10_000_000  #: ONNX Runtime loads a graph from this size on faster with its arrays in a file beside it
)
LARGE_ARRAY_BYTES = 10_000
ALIGNMENT_BYTES = 64  #: of each array in its file
#: the modules that decide what is in the files
WRITERS = ("graph_files.py", "graph.py", "mtcnn.py", "inception.py", "frozen_graph.py")


def writer() -> str:
    """Return what tells this version of the program from others, so that what another one wrote is built anew."""
    sources = b"".join((Path(__file__).parent / name).read_bytes() for name in WRITERS)
    return hashlib.sha256(sources + onnx.__version__.encode()).hexdigest()


def write_graph(models: Path, name: str, model: onnx.ModelProto) -> list[Path]:
    """Write a graph, with the arrays of a large one in `<name>.weights`; return the files."""
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
