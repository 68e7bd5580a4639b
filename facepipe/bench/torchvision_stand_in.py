"""The three functions of torchvision that facenet-pytorch calls, where torchvision cannot be had.

Its wheels on the package index are for torch with CUDA; beside a torch for CPUs they do not load.
"""

import sys
import time
import types
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(slots=True)
class Spent:
    """How long suppression took: slower here than torchvision's compiled one, it is not held against the original."""

    wall_s: float = 0.0
    processor_s: float = 0.0

    def so_far(self) -> tuple[float, float]:
        """Return the seconds on the wall's clock and of the processor."""
        return self.wall_s, self.processor_s


def install() -> Spent:
    """Put the stand-in where `import torchvision` finds it, unless there is a real one that works."""
    spent = Spent()
    try:
        import torchvision  # noqa: F401, PLC0415
    except (ImportError, RuntimeError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]  # a half-loaded one
        sys.modules.update(_modules(spent))
    return spent


def nms(boxes: Any, scores: Any, threshold: float) -> Any:
    """Greedy, best first, as torchvision's kernel: IoU in float32, strictly greater is suppressed."""
    order = torch.sort(scores, stable=True, descending=True).indices.tolist()
    x1, y1, x2, y2 = boxes.unbind(1)
    areas = (x2 - x1) * (y2 - y1)
    dead = torch.zeros(len(boxes), dtype=torch.bool)
    kept = []
    for i in order:
        if dead[i]:
            continue
        kept.append(i)
        width = (torch.minimum(x2, x2[i]) - torch.maximum(x1, x1[i])).clamp(min=0)
        height = (torch.minimum(y2, y2[i]) - torch.maximum(y1, y1[i])).clamp(min=0)
        shared = width * height
        dead |= shared / (areas + areas[i] - shared) > threshold
    return torch.tensor(kept, dtype=torch.int64)


def _modules(spent: Spent) -> dict[str, types.ModuleType]:
    def batched_nms(boxes: Any, scores: Any, groups: Any, threshold: float) -> Any:
        if groups.any():
            raise NotImplementedError("one photo at a time")
        wall, processor = time.perf_counter(), time.process_time()
        try:
            return nms(boxes, scores, threshold)
        finally:
            spent.wall_s += time.perf_counter() - wall
            spent.processor_s += time.process_time() - processor

    def to_tensor(image: np.ndarray[Any, Any]) -> Any:
        return torch.from_numpy(image).permute(2, 0, 1)

    names = ("", ".transforms", ".transforms.functional", ".ops", ".ops.boxes")
    modules = {f"torchvision{name}": types.ModuleType(f"torchvision{name}") for name in names}
    vars(modules["torchvision.transforms.functional"])["to_tensor"] = to_tensor
    vars(modules["torchvision.transforms"])["functional"] = modules["torchvision.transforms.functional"]
    vars(modules["torchvision.ops.boxes"])["batched_nms"] = batched_nms
    return modules
