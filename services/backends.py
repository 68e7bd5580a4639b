"""What runs the nets: this project's kernels, or ONNX Runtime or the original library in images built with them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.face_detection.detector import Detector, MtcnnDetector
from services.face_recognition.embedder import Embedder, OnnxEmbedder
from services.models import available_cpus, load_net
from services.native import detection
from services.native.recognition import NativeEmbedder

NATIVE = "native"
ONNX_RUNTIME = "onnxruntime"
FACENET = "facenet-pytorch"
ENGINES = (NATIVE, ONNX_RUNTIME, FACENET)


def load_detector(models: Path, engine: str, *, threads: int | None = None) -> Detector:
    """Load MTCNN; `ModelError` when it is not there or damaged.

    `threads`: without a number, as many as there are CPUs. Each net runs on one thread and several photo parts are
    looked at at once: that beats threads inside the nets, which wait for each other many times a photo.
    """
    threads = threads or available_cpus()
    if engine == FACENET:
        from services.facenet import FacenetDetector  # noqa: PLC0415  # torch is in few images

        return FacenetDetector.load(threads)
    spread = ThreadPoolExecutor(threads).map if threads > 1 else map
    if engine == ONNX_RUNTIME:
        pnet, rnet, onet = (load_net(models, name, threads=1) for name in ("pnet", "rnet", "onet"))
        return MtcnnDetector(pnet, rnet, onet, spread=spread)
    return detection.load_detector(models, spread)


def load_embedder(models: Path, engine: str, *, threads: int | None = None) -> Embedder:
    """Load InceptionResnetV1; `ModelError` when it is not there or damaged."""
    threads = threads or available_cpus()
    if engine == FACENET:
        from services.facenet import FacenetEmbedder  # noqa: PLC0415

        return FacenetEmbedder.load(models, threads)
    if engine == ONNX_RUNTIME:
        return OnnxEmbedder(load_net(models, "embedder", threads=threads))
    return NativeEmbedder.load(models, threads)
