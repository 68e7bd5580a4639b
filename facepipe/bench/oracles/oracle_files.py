"""The files of the oracles: the nets as ONNX graphs, and the embedder's layers as arrays for the original library."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.bench.oracles.onnx_graph import Graph
from facepipe.paths import Paths
from services.nets.building.described_nets import NetWithWeights, describe
from services.nets.building.fetch import Say, sha256_of
from services.nets.building.weights import NetworkChoice, Weights, find_weights, layers
from services.nets.building.writer_version import writer
from services.nets.model_files import ModelError, read_manifest

LAYERS, STAMP = "reference.npz", "complete"


def write_oracles(folder: Path, paths: Paths, say: Say) -> None:
    """Write the files, from the weights that the built models were made from; nothing where they are there already.

    Raises `ModelError` where those weights are a file of the user's.
    """
    stamp, current = folder / STAMP, f"{read_manifest(paths.models).weights_sha256} {writer()}"
    if stamp.exists() and stamp.read_text(encoding="ascii") == current:
        return
    weights = _weights_of(paths, say)
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    _write_graphs(folder, describe(weights, paths.downloads, say))
    _write_layers(folder / LAYERS, weights)
    stamp.write_text(current, encoding="ascii")


def _weights_of(paths: Paths, say: Say) -> Weights:
    """Return the file that the models' manifest names, fetched again where it is not there any more."""
    manifest = read_manifest(paths.models)
    weights = find_weights(paths.downloads, NetworkChoice(manifest.model_id), say)
    if sha256_of(weights.path) != manifest.weights_sha256:
        raise ModelError(
            f"the models in {paths.models} were made from a file of your own, and a comparison needs the published"
            f" one: run `facepipe models --model {manifest.model_id}`"
        )
    return weights


def _write_graphs(folder: Path, nets: Iterable[NetWithWeights]) -> None:
    for net in nets:
        graph = Graph()
        model = graph.model(net.write(graph), net.outputs, rank=net.rank)
        (folder / f"{net.name}.onnx").write_bytes(model.SerializeToString())


def _write_layers(path: Path, weights: Weights) -> None:
    arrays: dict[str, Any] = {}
    for name, (weight, bias) in layers(weights).items():
        arrays |= {f"{name}.weight": weight, f"{name}.bias": bias}
    np.savez(path, **arrays)
