"""Our cascade and our embedder with their nets in OpenVINO, as `bench models` measures it; in no image."""

from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from facepipe.bench.oracles.integral_image import IntegralImage
from facepipe.bench.oracles.onnx_embedder import OnnxEmbedder, Run
from facepipe.bench.oracles.planar_nets import per_cell
from services.face_detection.detector import MtcnnDetector


def load_detector(folder: Path, *, threads: int) -> MtcnnDetector:
    """Load the cascade around three nets, each of which uses all threads: faster here than one thread a net."""
    pnet, rnet, onet = (_load_net(folder, name, threads) for name in ("pnet", "rnet", "onet"))
    return MtcnnDetector(per_cell(pnet), rnet, onet, IntegralImage)


def load_embedder(folder: Path, *, threads: int) -> OnnxEmbedder:
    """Load InceptionResnetV1."""
    return OnnxEmbedder(_load_net(folder, "embedder", threads))


def _load_net(folder: Path, name: str, threads: int) -> Run:
    """Compile `<name>.onnx`, in 32 bits: in 16, OpenVINO's choice where it can, it finds other faces."""
    settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
    request = openvino.Core().compile_model(folder / f"{name}.onnx", "CPU", settings).create_infer_request()

    def run(images: NDArray[Any]) -> NDArray[np.float32]:
        output: NDArray[np.float32] = request.infer([images], share_inputs=True)[0]
        return output

    return run
