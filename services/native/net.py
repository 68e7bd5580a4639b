"""One net: its steps and weights from a file that `images/models/plan.py` wrote, run by the kernels."""

import ctypes
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.models import map_checked
from services.native.library import Kernels, aligned

Images = NDArray[np.float32]  #: N×height×width×channels

HEADER_MOST_BYTES = 1 << 20
KEPT_NUMBERS = 8_000_000  #: scratch memory that a thread keeps: P-Net's for a photo 8,000 pixels wide
MUCH_LESS = 4

#: the fields of a step in `images/kernels/net.hpp`, in their order
STEP = (
    "kind",
    "source",
    "target",
    "residual",
    "kernel_height",
    "kernel_width",
    "stride",
    "channels",
    "blocks",
    "target_channel",
    "target_channels",
    "border_height",
    "border_width",
    "activation",
    "ceil",
)
PLACES = ("weights", "bias", "slope")


class _Step(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in STEP] + [(name, ctypes.c_int64) for name in PLACES]


@dataclass(frozen=True, slots=True)
class NativeNet:
    """One net; several threads may call it at once."""

    kernels: Kernels
    steps: Any  #: array of _Step
    weights: NDArray[np.float32]
    channels: int  #: of the images
    outputs: int
    _scratch: threading.local = field(default_factory=threading.local)

    @staticmethod
    def load(directory: Path, name: str, kernels: Kernels) -> "NativeNet":
        """Load `<name>.plan` once its sha256 is the manifest's; `ModelError` otherwise."""
        content = map_checked(directory / f"{name}.plan")
        weights = 1 + int(np.argmax(content[:HEADER_MOST_BYTES] == ord("\n")))
        header = json.loads(content[:weights].tobytes())
        members = [_Step(**step) for step in header["steps"]]
        steps = (_Step * len(members))(*members)
        return NativeNet(kernels, steps, content[weights:].view("<f4"), header["channels"], header["outputs"])

    def __call__(self, images: Images, pool: ThreadPoolExecutor | None = None, threads: int = 1) -> Images:
        """Return N×height×width×outputs for N×height×width×channels; `pool` lends all threads but one."""
        if images.shape[3] != self.channels or images.dtype != np.float32:
            raise ValueError(f"the net takes float32 N×height×width×{self.channels}, not {images.dtype} {images.shape}")
        images = np.ascontiguousarray(images)
        count = len(self.steps)
        sides = (ctypes.c_int32 * 2)()
        numbers = self.kernels.measure_net(self.steps, count, *images.shape, threads, sides)
        result = np.empty((len(images), *sides, self.steps[count - 1].target_channels), np.float32)
        scratch = self._memory(numbers).ctypes.data
        meeting = (ctypes.c_int32 * 2)()

        def run(thread: int) -> None:
            data = self.weights.ctypes.data, images.ctypes.data
            self.kernels.run_net(
                self.steps, count, *data, *images.shape, scratch, result.ctypes.data, thread, threads, meeting
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
