"""The original library behind our two protocols: facenet-pytorch on CPU torch, the reference.

It runs in an environment of its own, which `environments.py` makes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from facenet_pytorch import MTCNN, InceptionResnetV1

from facepipe.bench.oracles.integral_image import Pixels
from services.face_detection.detector import Detections
from services.face_recognition.embedder import WIDTH, Crops, Embeddings
from services.nets.model_files import ModelError

LAYERS = "reference.npz"  #: weight and bias of every layer, as `oracle_files.py` writes them


@dataclass(frozen=True, slots=True)
class FacenetDetector:
    """facenet-pytorch's MTCNN, with the weights that it carries."""

    mtcnn: Any

    @staticmethod
    def load(threads: int) -> "FacenetDetector":
        """Build the nets."""
        torch.set_num_threads(threads)
        return FacenetDetector(MTCNN(keep_all=True))

    def detect(self, image: Pixels) -> Detections:
        """Return the faces of a uint8 H×W×3 RGB image."""
        boxes, confidences, landmarks = self.mtcnn.detect(image, landmarks=True)
        if boxes is None:
            return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))
        return Detections(
            np.asarray(boxes, np.float32), np.asarray(confidences, np.float32), np.asarray(landmarks, np.float32)
        )


@dataclass(frozen=True, slots=True)
class FacenetEmbedder:
    """facenet-pytorch's InceptionResnetV1."""

    network: Any

    @staticmethod
    def load(models: Path, threads: int) -> "FacenetEmbedder":
        """Build the network and fill in the weights; `ModelError` when they are not there."""
        torch.set_num_threads(threads)
        try:
            with np.load(models / LAYERS, allow_pickle=False) as file:
                layers = {name: torch.from_numpy(file[name]) for name in file.files}
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot read {models / LAYERS} ({error}): run `facepipe bench models` again") from error
        network = InceptionResnetV1(pretrained=None).eval()
        with torch.no_grad():
            _fill(network, layers)
        return FacenetEmbedder(network)

    def embed(self, crops: Crops) -> Embeddings:
        """Return the embedding of each crop."""
        if not len(crops):
            return np.zeros((0, WIDTH), np.float32)
        # Plane after plane in memory, as the library's own `extract_face` hands faces to its network.
        planes = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), np.float32)
        with torch.no_grad():
            embeddings: Embeddings = self.network((torch.from_numpy(planes) - 127.5) / 128).numpy()
        return embeddings


def _fill(network: Any, layers: dict[str, Any]) -> None:
    """Put folded layers into a network with batch norms, which are left with nothing to do but add the bias."""
    for name, module in network.named_modules():
        if type(module).__name__ == "BasicConv2d":
            module.conv.weight.copy_(layers.pop(f"{name}.weight"))
            _add_only(module.bn, layers.pop(f"{name}.bias"))
        elif name.endswith(".conv2d"):
            module.weight.copy_(layers.pop(f"{name}.weight"))
            module.bias.copy_(layers.pop(f"{name}.bias"))
    network.last_linear.weight.copy_(layers.pop("last_linear.weight"))
    _add_only(network.last_bn, layers.pop("last_linear.bias"))
    if layers:
        raise ModelError(f"{LAYERS} holds {next(iter(layers))}, which InceptionResnetV1 has no place for")


def _add_only(norm: Any, bias: Any) -> None:
    norm.weight.fill_(1)
    norm.bias.copy_(bias)
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
