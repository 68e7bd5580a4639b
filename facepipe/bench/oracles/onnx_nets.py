"""The nets as ONNX graphs on ONNX Runtime: a second opinion on what the kernels compute."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facepipe.bench.oracles.integral_image import IntegralImage
from facepipe.bench.oracles.onnx_embedder import OnnxEmbedder, Run
from facepipe.bench.oracles.planar_nets import per_cell
from services.face_detection.detector import MtcnnDetector


def load_detector(folder: Path, *, threads: int) -> MtcnnDetector:
    """Load MTCNN, whose nets each run on one thread, as those of the kernels do."""
    pnet, rnet, onet = (load_net(folder, name, threads=1) for name in ("pnet", "rnet", "onet"))
    spread = ThreadPoolExecutor(threads).map if threads > 1 else map
    return MtcnnDetector(per_cell(pnet), rnet, onet, IntegralImage, spread=spread)


def load_embedder(folder: Path, *, threads: int) -> OnnxEmbedder:
    """Load InceptionResnetV1."""
    return OnnxEmbedder(load_net(folder, "embedder", threads=threads))


def load_net(folder: Path, name: str, *, threads: int) -> Run:
    """Load `<name>.onnx`. Threads spin only for the moment between two operations, so that others get the processor."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # kept for every size of photo that comes by
    options.add_session_config_entry("session.intra_op.spin_duration_us", "20")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()

    def run(images: NDArray[Any]) -> NDArray[np.float32]:
        output: NDArray[np.float32] = session.run(None, {source.name: images})[0]
        return output

    return run
