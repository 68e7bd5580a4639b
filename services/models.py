"""Loads the nets that an image carries, after checking that they are the ones its manifest names."""

import contextlib
import ctypes
import hashlib
import json
import mmap
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANIFEST = "manifest.json"
MB_OF_A_CPU = 1769  #: Lambda developer guide, "Configure Lambda function memory"
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
    """What `images/models/build.py` says of the files beside it."""

    model_id: str  #: which recognition network: "vggface2" or "casia-webface"
    weights_sha256: str  #: of the file that its numbers came from
    thresholds: tuple[Threshold, ...]
    files: dict[str, str]  #: name of a graph to its sha256

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


def load_net(directory: Path, name: str, *, threads: int) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Load `<name>.onnx` once its sha256, and that of the weights beside it, is the manifest's; `ModelError` otherwise.

    `threads`: at most as many as the environment has CPUs, see `available_cpus`. They spin only for the moment
    between two operations: spinning longer takes the processor from other nets and other environments.
    """
    path = directory / f"{name}.onnx"
    manifest = read_manifest(directory)
    check(path, manifest)
    if f"{name}.weights" in manifest.files:
        check(directory / f"{name}.weights", manifest)
    import onnxruntime  # noqa: PLC0415  # the other engine's images must not pay for this one

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # kept for every size of photo that comes by
    options.add_session_config_entry("session.intra_op.spin_duration_us", "20")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()
    _return_free_memory()

    def run(images: NDArray[Any]) -> NDArray[np.float32]:
        output: NDArray[np.float32] = session.run(None, {source.name: images})[0]
        return output

    return run


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


def _return_free_memory() -> None:
    """Give what loading needed for a moment back to the system: the C library would keep it, 120 MB and more."""
    with contextlib.suppress(AttributeError):  # of GNU's C library only
        ctypes.CDLL(None).malloc_trim(0)


def available_cpus(environment: Mapping[str, str] = os.environ, *, cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many CPUs this process may use, at least one: its affinity, cut by its memory and by a quota.

    Lambda gives a CPU for each 1,769 MB (RT-04). A function sees two CPUs and more and is held back in using them, so
    that its memory says more than they do. Containers have a quota of cgroup v2 or v1 as well.
    """
    limits = [float(len(os.sched_getaffinity(0))), *_quotas(cgroup)]
    with contextlib.suppress(KeyError, ValueError):
        limits.append(float(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) / MB_OF_A_CPU)
    return max(1, int(min(limits)))


def _quotas(cgroup: Path) -> Iterator[float]:
    for quota_file, period_file in (("cpu.max", None), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            fields = (cgroup / quota_file).read_text(encoding="ascii").split()
            if period_file:
                fields += (cgroup / period_file).read_text(encoding="ascii").split()
            quota, period = float(fields[0]), float(fields[1])
        except (OSError, ValueError, IndexError):  # "max": no quota
            continue
        if quota > 0:
            yield quota / period
