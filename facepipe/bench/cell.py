"""One cell of `bench models`: a process that loads one net with one engine, uses it, and tells how that went.

    python -m facepipe.bench.cell SPECIFICATION     # JSON: the fields of `Cell`

Runs in this project's environment and in those of the other engines alike, so it imports only what all have. What
the process measures of itself goes to standard output as one JSON object, `Measured`'s fields.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

DETECTION, EMBEDDING = "detection", "embedding"
COMPARED = OURS, ORIGINAL = "facepipe", "facenet-pytorch"  #: they must find the same
OTHERS = ONNX_RUNTIME, OPENVINO = "onnxruntime", "openvino"  #: they run our graphs, in our cascade

#: what loads the nets of a part; the original has a loader of its own
MODULES = {
    (OURS, DETECTION): "services.face_detection.kernel_detector",
    (OURS, EMBEDDING): "services.face_recognition.kernel_embedder",
    (ONNX_RUNTIME, DETECTION): "facepipe.bench.oracles.onnx_nets",
    (ONNX_RUNTIME, EMBEDDING): "facepipe.bench.oracles.onnx_nets",
    (OPENVINO, DETECTION): "facepipe.bench.oracles.openvino_nets",
    (OPENVINO, EMBEDDING): "facepipe.bench.oracles.openvino_nets",
}

Array = Any  #: numpy comes with the engine, and its import counts
Net = Callable[[Array], tuple[Array, ...]]
Unheld = Callable[[], tuple[float, float]]  #: seconds so far, on the wall's clock and of the processor


@dataclass(frozen=True, slots=True)
class Cell:
    """What one process measures."""

    engine: str  #: OURS, ORIGINAL, ONNX_RUNTIME or OPENVINO
    part: str  #: DETECTION or EMBEDDING
    threads: int
    models: str  #: folder
    inputs: str  #: .npz: name → uint8 image, or batch of crops
    repeats: int  #: of each input, after one for warming up
    outputs: str = ""  #: .npz that takes the results, for parity
    started_s: float = 0.0  #: the clock when the process was started: `time.monotonic` counts alike in all processes


@dataclass(frozen=True, slots=True)
class Measured:
    """What it measured."""

    import_ms: float  #: from the start of the process until all modules are there
    cold_ms: float  #: from the start of the process until the first result
    first_resident_mb: float  #: memory once the first result is there
    resident_mb: float  #: memory at the end
    peak_mb: float
    times_ms: Mapping[str, list[float]]  #: of each input, by the clock on the wall
    processor_ms: Mapping[str, list[float]]  #: the same calls, in processor time of all threads


def main() -> None:
    """Measure the cell named on the command line."""
    cell = Cell(**json.loads(sys.argv[1]))
    build, unheld = _engine(cell)
    import numpy as np  # noqa: PLC0415

    imported_s = time.monotonic()
    net = build()
    inputs = dict(np.load(cell.inputs, allow_pickle=False))
    outputs = {name: net(value) for name, value in list(inputs.items())[:1]}
    cold_s, first_mb = time.monotonic(), _memory_mb("VmRSS")
    times: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    for name, value in inputs.items():
        outputs[name] = net(value)
        pairs = [_milliseconds(net, value, unheld) for _ in range(cell.repeats)]
        times[name], processor[name] = [wall for wall, _ in pairs], [used for _, used in pairs]
    if cell.outputs:
        flat = {f"{name}|{index}": part for name, parts in outputs.items() for index, part in enumerate(parts)}
        np.savez(cell.outputs, **flat)
    measured = Measured(
        import_ms=(imported_s - cell.started_s) * 1000,
        cold_ms=(cold_s - cell.started_s) * 1000,
        first_resident_mb=first_mb,
        resident_mb=_memory_mb("VmRSS"),
        peak_mb=_memory_mb("VmHWM"),
        times_ms=times,
        processor_ms=processor,
    )
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


def _milliseconds(net: Net, value: Array, unheld: Unheld) -> tuple[float, float]:
    """Return what one call took on the wall's clock and of the processor, less what is not held against the engine."""
    before, wall, used = unheld(), time.perf_counter(), time.process_time()
    net(value)
    wall, used, after = time.perf_counter() - wall, time.process_time() - used, unheld()
    return (wall - (after[0] - before[0])) * 1000, (used - (after[1] - before[1])) * 1000


def _engine(cell: Cell) -> tuple[Callable[[], Net], Unheld]:
    """Import the engine; return how to build the net, and what tells the seconds that are not held against it."""
    models = Path(cell.models)
    if cell.engine == ORIGINAL:
        from facepipe.bench.torchvision_stand_in import install  # noqa: PLC0415

        spent = install()
        from facepipe.bench.oracles import facenet  # noqa: PLC0415

        if cell.part == EMBEDDING:
            return lambda: _embedding(facenet.FacenetEmbedder.load(models, cell.threads)), spent.so_far
        return lambda: _detection(facenet.FacenetDetector.load(cell.threads)), spent.so_far
    module = import_module(MODULES[cell.engine, cell.part])
    load = module.load_embedder if cell.part == EMBEDDING else module.load_detector
    net = _embedding if cell.part == EMBEDDING else _detection
    return lambda: net(load(models, threads=cell.threads)), lambda: (0.0, 0.0)


def _embedding(embedder: Any) -> Net:
    return lambda crops: (embedder.embed(crops),)


def _detection(detector: Any) -> Net:
    def detect(image: Array) -> tuple[Array, ...]:
        found = detector.detect(image)
        return found.boxes, found.confidences, found.landmarks

    return detect


def _memory_mb(field: str) -> float:
    """Return a field of the kernel's account of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
