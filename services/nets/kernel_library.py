"""Finds and declares the compiled kernels: those made for this kind of processor."""

import ctypes
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.nets.model_files import CURE, ModelError, check, read_manifest

#: what a processor must be able to do, in the words of /proc/cpuinfo, for a library to run on it; the best comes first
REQUIREMENTS: Mapping[str, Mapping[str, str]] = {
    "x86_64": {
        "kernels-x86-64-v4.so": "avx2 fma bmi1 bmi2 f16c movbe avx512f avx512bw avx512cd avx512dq avx512vl",
        "kernels-x86-64-v3.so": "avx2 fma bmi1 bmi2 f16c movbe",
        "kernels-x86-64.so": "",
    },
    "aarch64": {"kernels-aarch64.so": ""},
}
ALIGNMENT_BYTES = 64  #: of memory that vectors are read from

Kernels = ctypes.CDLL


def suitable(cpuinfo: Path = Path("/proc/cpuinfo"), machine: str = platform.machine()) -> list[str]:
    """Return the names of the libraries that run on this processor, the fastest first; none for an unknown machine."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    flags = next((set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")), set())
    return [name for name, needed in REQUIREMENTS.get(machine, {}).items() if flags.issuperset(needed.split())]


def load_kernels(directory: Path, names: Iterable[str] | None = None) -> Kernels:
    """Load the best library for this processor once its sha256 is the manifest's; `ModelError` where there is none."""
    manifest = read_manifest(directory)
    for name in suitable() if names is None else names:
        if name in manifest.files:
            check(directory / name, manifest)
            try:
                return _declared(ctypes.CDLL(str(directory / name)))
            except AttributeError as error:  # a function that this version calls
                raise ModelError(f"{directory / name} is of another version of facepipe ({error}): {CURE}") from error
    raise ModelError(f"{directory} holds no kernels for this machine ({platform.machine()}): {CURE}")


def aligned(size_bytes: int) -> NDArray[np.uint8]:
    """Return new memory that begins where a cache line does."""
    memory = np.empty(size_bytes + ALIGNMENT_BYTES, np.uint8)
    first = -memory.ctypes.data % ALIGNMENT_BYTES
    return memory[first : first + size_bytes]


def _declared(kernels: Kernels) -> Kernels:
    """Declare argument types: ctypes would pass a plain int as 32 bits."""
    pointer, long, short = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32
    numbers = (short, short, short, short)
    for version in (kernels.step_version, kernels.step_bytes):
        version.argtypes, version.restype = (), short
    kernels.measure_net.argtypes = (pointer, *numbers, short, short, pointer)
    kernels.measure_net.restype = long
    kernels.run_net.argtypes = (pointer, short, pointer, pointer, *numbers, pointer, pointer, short, short, pointer)
    kernels.run_net.restype = None
    kernels.widen_pixels.argtypes = (pointer, long, pointer)
    kernels.widen_pixels.restype = None
    kernels.resize_photo.argtypes = (pointer, long, long, *numbers, pointer)
    kernels.resize_photo.restype = None
    kernels.crop_photo.argtypes = (pointer, long, pointer, short, short, pointer)
    kernels.crop_photo.restype = None
    kernels.suppress_boxes.argtypes = (pointer, pointer, short, ctypes.c_float, pointer, pointer)
    kernels.suppress_boxes.restype = short
    kernels.filter_paeth.argtypes = (pointer, short, short, short, pointer)
    kernels.filter_paeth.restype = None
    kernels.deflate_bytes.argtypes = (pointer, long, pointer)
    kernels.deflate_bytes.restype = long
    return kernels
