"""One net: its steps and weights from a file that `building/plan.py` wrote, run by the kernels."""

import ctypes
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.nets.kernel_library import Kernels, aligned
from services.nets.model_files import CURE, ModelError, map_checked

Images = NDArray[np.float32]  #: N×height×width×channels

PAGE_BYTES = 4096  #: the parts of a plan begin at multiples
KEPT_NUMBERS = 8_000_000  #: scratch memory that a thread keeps: P-Net's for a photo 8,000 pixels wide
MUCH_LESS = 4


@dataclass(frozen=True, slots=True)
class KernelNet:
    """One net; several threads may call it at once."""

    kernels: Kernels
    steps: NDArray[np.uint8]  #: as the file has them: what they say is between its writer and the kernels
    count: int  #: of steps
    weights: NDArray[np.float32]
    channels: int  #: of the images
    outputs: int
    _scratch: threading.local = field(default_factory=threading.local)

    @staticmethod
    def load(directory: Path, name: str, kernels: Kernels) -> "KernelNet":
        """Load `<name>.plan` once its sha256 is the manifest's; `ModelError` otherwise."""
        path = directory / f"{name}.plan"
        content = map_checked(path)
        header = _checked_header(path, content, kernels)
        end = PAGE_BYTES + header["steps"] * header["step_bytes"]
        steps, weights = content[PAGE_BYTES:end], content[end + -end % PAGE_BYTES :].view("<f4")
        return KernelNet(kernels, steps, header["steps"], weights, header["channels"], header["outputs"])

    def __call__(self, images: Images, pool: ThreadPoolExecutor | None = None, threads: int = 1) -> Images:
        """Return N×height×width×outputs for N×height×width×channels; `pool` lends all threads but one."""
        if images.shape[3] != self.channels or images.dtype != np.float32:
            raise ValueError(f"the net takes float32 N×height×width×{self.channels}, not {images.dtype} {images.shape}")
        images = np.ascontiguousarray(images)
        steps, count = self.steps.ctypes.data, self.count
        shape = (ctypes.c_int32 * 3)()
        numbers = self.kernels.measure_net(steps, count, *images.shape, threads, shape)
        result = np.empty((len(images), *shape), np.float32)
        scratch = self._memory(numbers).ctypes.data
        meeting = (ctypes.c_int32 * 2)()

        def run(thread: int) -> None:
            data = self.weights.ctypes.data, images.ctypes.data
            self.kernels.run_net(
                steps, count, *data, *images.shape, scratch, result.ctypes.data, thread, threads, meeting
            )

        others = [pool.submit(run, thread) for thread in range(1, threads)] if pool else []
        run(0)
        for other in others:
            other.result()
        return result[..., : self.outputs]

    def _memory(self, numbers: int) -> NDArray[np.float32]:
        """Return this thread's scratch memory: new memory for each call would cost more than the work in it.

        What a large photo needed is given back when a call comes that needs much less.
        """
        memory: NDArray[np.float32] | None = getattr(self._scratch, "memory", None)
        if memory is None or not numbers <= len(memory) <= max(MUCH_LESS * numbers, KEPT_NUMBERS):
            self._scratch.memory = None  # first: the old and the new are never there together
            self._scratch.memory = memory = aligned(4 * numbers).view(np.float32)
        return memory


def _checked_header(path: Path, content: NDArray[np.uint8], kernels: Kernels) -> Mapping[str, Any]:
    """Return a plan's first line; `ModelError` unless the kernels read steps as the plan's writer wrote them."""
    try:
        header: Mapping[str, Any] = json.loads(content[:PAGE_BYTES].tobytes())
        written = header["step_version"], header["step_bytes"]
    except (ValueError, KeyError) as error:
        raise ModelError(f"{path} was written by another version of facepipe: {CURE}") from error
    run = kernels.step_version(), kernels.step_bytes()
    if written != run:
        raise ModelError(
            f"{path} has steps of version {written[0]}, {written[1]} bytes each; the kernels run version {run[0]},"
            f" {run[1]} bytes each: {CURE}"
        )
    return header
