"""The files of the nets beside their manifest: nothing is used before its sha256 is what the manifest says."""

import hashlib
import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANIFEST = "manifest.json"
CURE = "run `facepipe models`, or build the image again"


class ModelError(RuntimeError):
    """The models cannot be used; the message names the file and the cure."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The distance from which on two faces are two people: of one network, and of crops with one margin."""

    margin_px: int
    distance: float
    measured: bool  #: False: a guess, to be set anew with photos
    basis: str  #: why it is this number


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `building/build.py` says of the files beside it."""

    model_id: str  #: which recognition network: "vggface2" or "casia-webface"
    weights_sha256: str  #: of the file that its numbers came from
    thresholds: tuple[Threshold, ...]
    files: dict[str, str]  #: name to sha256

    def threshold(self, margin_px: int) -> Threshold:
        """Return the threshold for crops with this margin; where there is none, the nearest margin's, as a guess."""
        if not self.thresholds:
            raise ModelError(f"{MANIFEST} has no threshold: {CURE}")
        nearest = min(self.thresholds, key=lambda threshold: abs(threshold.margin_px - margin_px))
        if nearest.margin_px == margin_px:
            return nearest
        basis = f"that of a margin of {nearest.margin_px} pixels; with {margin_px}, nobody has measured"
        return Threshold(margin_px, nearest.distance, measured=False, basis=basis)


def read_manifest(directory: Path) -> Manifest:
    """Read and check `manifest.json`; `ModelError` when it is missing or of another shape."""
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            model_id=str(content["model_id"]),
            weights_sha256=str(content["weights"]["sha256"]),
            thresholds=tuple(_threshold(entry) for entry in content["thresholds"]),
            files={str(name): str(entry["sha256"]) for name, entry in content["files"].items()},
        )
    except FileNotFoundError as error:
        raise ModelError(f"no models in {directory} ({MANIFEST} is missing): {CURE}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is damaged ({error!r}): {CURE}") from error


def _threshold(entry: Mapping[str, Any]) -> Threshold:
    distance, margin_px = float(entry["distance"]), int(entry["margin_px"])
    return Threshold(margin_px, distance, measured=entry["measured"] is True, basis=str(entry["basis"]))


def check(path: Path, manifest: Manifest) -> None:
    """Raise `ModelError` unless a file's sha256 is the manifest's."""
    try:
        with path.open("rb") as file:
            _compare(path, hashlib.file_digest(file, "sha256").hexdigest(), manifest)
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error.strerror}): {CURE}") from error


def map_checked(path: Path) -> NDArray[np.uint8]:
    """Return a file's bytes, shared by all processes; `ModelError` unless its sha256 is the manifest's."""
    manifest = read_manifest(path.parent)
    try:
        with path.open("rb") as file:
            # All pages at once: one by one they would come while the checksum and the first call wait for them.
            content = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE | mmap.MAP_POPULATE, mmap.PROT_READ)
    except (OSError, ValueError) as error:  # ValueError: it is empty
        raise ModelError(f"cannot read {path} ({getattr(error, 'strerror', None) or error}): {CURE}") from error
    _compare(path, hashlib.sha256(content).hexdigest(), manifest)
    return np.frombuffer(content, np.uint8)


def _compare(path: Path, actual: str, manifest: Manifest) -> None:
    expected = manifest.files.get(path.name)
    if actual != expected:
        raise ModelError(f"{path} is damaged (sha256 {actual[:12]}…, the manifest says {str(expected)[:12]}…): {CURE}")
