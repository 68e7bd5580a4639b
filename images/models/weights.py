"""A recognition network's weights as layers: for its graph, and for the original library to run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from images.models import inception
from images.models.frozen_graph import read_constants
from services.checkpoint import read_tensors

REFERENCE, STAMP = "reference.npz", "reference.sha256"


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights, and which network it is of."""

    model: str
    path: Path
    origin: str


def layers(weights: Weights) -> inception.Layers:
    """Read the file: a frozen TensorFlow graph or a PyTorch checkpoint."""
    if weights.path.suffix == ".pb":
        return inception.layers_from_frozen_graph(read_constants(weights.path))
    return inception.layers_from_checkpoint(read_tensors(weights.path))


def write_reference(models: Path, downloads: Path, manifest: Mapping[str, Any]) -> None:
    """Write the embedder's layers as arrays, for facenet-pytorch itself to run (services/facenet.py).

    Nothing is written where they are there already, of the weights that the manifest names.
    """
    stamp, sha256 = models / STAMP, str(manifest["weights"]["sha256"])
    if stamp.exists() and stamp.read_text(encoding="ascii") == sha256:
        return
    suffix = ".pb" if manifest["model_id"] == "casia-webface" else ".pt"
    weights = Weights(manifest["model_id"], downloads / f"{manifest['model_id']}{suffix}", "")
    arrays: dict[str, Any] = {}
    for name, (weight, bias) in layers(weights).items():
        arrays |= {f"{name}.weight": weight, f"{name}.bias": bias}
    np.savez(models / REFERENCE, **arrays)
    stamp.write_text(sha256, encoding="ascii")
