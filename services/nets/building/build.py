"""Builds the nets from published weights, what runs them, and their manifest; a second call does nothing.

Run as a program (`python -m services.nets.building.build --help`) inside the `models` stage of the Dockerfile, and by
`facepipe models` elsewhere.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from services.nets.building import sources
from services.nets.building.checkpoint import CheckpointError
from services.nets.building.compiler import CompileError, compiling
from services.nets.building.described_nets import NetWithWeights, describe
from services.nets.building.fetch import FetchError, Say, sha256_of, write_whole
from services.nets.building.frozen_graph import FrozenGraphError
from services.nets.building.inception import InceptionError
from services.nets.building.plan import Plan
from services.nets.building.weights import NetworkChoice, WeightsError, find_weights
from services.nets.building.writer_version import writer
from services.nets.model_files import MANIFEST, ModelError, read_manifest


class BuildError(RuntimeError):
    """The models could not be built; the message says why and what to do."""


def build(models: Path, downloads: Path, *, order: NetworkChoice, say: Say) -> Mapping[str, Any]:
    """Put the nets, the kernels and `manifest.json` into `models` and return the manifest.

    Nothing is fetched or written when `models` holds what was ordered. Raises `BuildError`.
    """
    try:
        return _present(models, order) or _build(models, downloads, _as_before(models, order), say)
    except (FetchError, CompileError, WeightsError) as error:
        raise BuildError(str(error)) from error
    except (CheckpointError, FrozenGraphError, InceptionError) as error:
        raise BuildError(f"{error}; name the original file, or let `facepipe models` fetch it") from error
    except OSError as error:
        raise BuildError(f"{error.filename or models}: {error.strerror or error}") from error


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
    with compiling(models, downloads, say) as compiled:  # it waits for nothing that is fetched
        weights = find_weights(downloads, order, say)
        say(f"building the nets of MTCNN and of InceptionResnetV1 ({weights.model})")
        paths = [_write_plan(models, net) for net in describe(weights, downloads, say)]
        paths += compiled()
    files = {path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size} for path in sorted(paths)}
    manifest = {
        "writer": writer(),
        "model_id": weights.model,
        "thresholds": [asdict(threshold) for threshold in sources.THRESHOLDS[weights.model]],
        "weights": {"sha256": sha256_of(weights.path), "origin": weights.origin},
        "mtcnn": {"origin": sources.FACENET, "sha256": {n: s.sha256 for n, s in sources.MTCNN.items()}},
        "versions": {"numpy": np.__version__},
        "files": files,
    }
    superfluous = _named_files(models) - set(files)
    # Last, so that a manifest means that everything it names is there.
    write_whole(models / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
    for name in superfluous:
        (models / Path(name).name).unlink(missing_ok=True)
    for wheel in downloads.glob("*.whl"):
        wheel.unlink()
    return manifest


def _named_files(models: Path) -> set[str]:
    """Return the files that the manifest of an earlier build names."""
    try:
        return set(read_manifest(models).files)
    except ModelError:
        return set()


def _write_plan(models: Path, net: NetWithWeights) -> Path:
    path, plan = models / f"{net.name}.plan", Plan()
    net.write(plan)
    write_whole(path, plan.file(net.outputs))
    return path


def main(arguments: list[str] | None = None) -> int:
    """Build what the options name; for the Dockerfile, where the rest of facepipe is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models-dir", type=Path, required=True, help="where nets, kernels and manifest go")
    parser.add_argument("--downloads-dir", type=Path, required=True, help="where fetched files are kept")
    parser.add_argument("--model", choices=sorted(sources.THRESHOLDS), help="default: vggface2 where it can be had")
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        manifest = build(options.models_dir, options.downloads_dir, order=NetworkChoice(options.model), say=say)
    except BuildError as error:
        say(f"models: {error}")
        return 1
    say(f"models: {manifest['model_id']} in {options.models_dir}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
