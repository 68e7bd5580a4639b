"""Writes PyTorch checkpoints without PyTorch, in both formats, for tests of what reads them."""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

NAMES = {"float32": "FloatStorage", "int64": "LongStorage", "float64": "DoubleStorage"}


@contextmanager
def fake_torch() -> Iterator[types.SimpleNamespace]:
    """The two modules whose names a checkpoint's pickle has in it."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild(*_: object) -> None: ...

    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = (
        "torch._utils",
        "_rebuild_tensor_v2",
        "_rebuild_tensor_v2",
    )
    setattr(utils, "_rebuild_tensor_v2", rebuild)  # noqa: B010  # the module has no such name
    for name in NAMES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        yield types.SimpleNamespace(torch=torch, rebuild=rebuild)
    finally:
        for name, module in before.items():
            sys.modules.pop(name) if module is None else sys.modules.update({name: module})


class _Tensor:
    def __init__(self, array: np.ndarray, key: str) -> None:
        self.array, self.key = np.ascontiguousarray(array), key


class _StorageOf:
    def __init__(self, tensor: _Tensor) -> None:
        self.tensor = tensor


def _dump(content: Any, fake: types.SimpleNamespace, file: io.IOBase, *, legacy: bool) -> None:
    class Writer(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            if isinstance(value, _StorageOf):
                array = value.tensor.array
                storage = getattr(fake.torch, NAMES[array.dtype.name])
                fields = ("storage", storage, value.tensor.key, "cpu", array.size)
                return (*fields, None) if legacy else fields
            return None

        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, _Tensor):
                steps = tuple(step // value.array.itemsize for step in value.array.strides)
                return fake.rebuild, (_StorageOf(value), 0, value.array.shape, steps, False, OrderedDict())
            return NotImplemented

    Writer(file, protocol=2).dump(content)


def _tensors(content: Any, found: list[_Tensor]) -> Any:
    if isinstance(content, np.ndarray):
        found.append(_Tensor(content, str(len(found))))
        return found[-1]
    if isinstance(content, Mapping):
        return OrderedDict((key, _tensors(value, found)) for key, value in content.items())
    if isinstance(content, list):
        return [_tensors(value, found) for value in content]
    return content


def write_zip(path: Path, content: Any) -> None:
    tensors: list[_Tensor] = []
    tree = _tensors(content, tensors)
    with fake_torch() as fake, zipfile.ZipFile(path, "w") as archive:
        file = io.BytesIO()
        _dump(tree, fake, file, legacy=False)
        archive.writestr("archive/data.pkl", file.getvalue())
        for tensor in tensors:
            archive.writestr(f"archive/data/{tensor.key}", tensor.array.tobytes())
        archive.writestr("archive/version", "3\n")


def write_legacy(path: Path, content: Any) -> None:
    tensors: list[_Tensor] = []
    tree = _tensors(content, tensors)
    with fake_torch() as fake, path.open("wb") as file:
        for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(head, file, protocol=2)
        _dump(tree, fake, file, legacy=True)
        pickle.dump([tensor.key for tensor in tensors], file, protocol=2)
        for tensor in tensors:
            file.write(struct.pack("<q", tensor.array.size) + tensor.array.tobytes())
