"""Reads PyTorch checkpoints without PyTorch, and without running anything that is in them.

A `.pt` file is a pickle, and a pickle is a program. The reader here knows the five names that a file of tensors
needs and refuses every other, so that a file from the internet can do no more than hold numbers.
"""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: the dtypes of the storages we meet; bfloat16 and quantised ones have no numpy counterpart
STORAGES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
MAXIMUM_BYTES = 1 << 30


class CheckpointError(ValueError):
    """The file is no checkpoint of plain tensors; the message says what was found."""


@dataclass(slots=True)
class _Storage:
    dtype: np.dtype[Any]
    data: NDArray[Any]


def read_checkpoint(path: Path) -> Any:
    """Return what `torch.save` put into the file, with numpy arrays for tensors.

    Both formats are read: the legacy one (five pickles, then the storages, each led by an int64 count) and the
    zip one (`data.pkl` and `data/N`). Raises `CheckpointError` for anything else, `OSError` if it cannot be read.
    """
    if path.stat().st_size > MAXIMUM_BYTES:
        raise CheckpointError(f"{path.name} is larger than 1 GiB: no checkpoint that is of use here")
    try:
        if zipfile.is_zipfile(path):
            return _read_zip(path)
        return _read_legacy(path)
    except CheckpointError as error:
        raise CheckpointError(f"{path.name}: {error}") from error
    except (pickle.UnpicklingError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path.name} is damaged, or no PyTorch checkpoint ({error})") from error
    except (struct.error, zipfile.BadZipFile, OverflowError, MemoryError) as error:
        raise CheckpointError(f"{path.name} is damaged or cut off ({error})") from error


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return a state dict: parameter names to arrays; `CheckpointError` when the file holds anything else."""
    state = read_checkpoint(path)
    if not isinstance(state, Mapping) or not all(isinstance(value, np.ndarray) for value in state.values()):
        raise CheckpointError(f"{path.name} holds no state dict (a mapping of names to tensors)")
    return dict(state)


def _rebuild_tensor(
    storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> NDArray[Any]:
    count = 1 + sum((length - 1) * step for length, step in zip(size, stride, strict=True)) if all(size) else 0
    if offset < 0 or min((*size, *stride), default=0) < 0 or offset + count > storage.data.size:
        raise CheckpointError("a tensor reaches beyond its storage")
    steps = [step * storage.dtype.itemsize for step in stride]
    # A view, not a copy: the legacy format delivers the numbers after the tensors.
    return np.lib.stride_tricks.as_strided(storage.data[offset:], shape=size, strides=steps, writeable=False)


def _rebuild_parameter(tensor: NDArray[Any], *_: object) -> NDArray[Any]:
    return tensor


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.IOBase, storage: Callable[[str, np.dtype[Any], int], _Storage]) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
            ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
        }
        if (module, name) in known:
            return known[module, name]
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise CheckpointError(f"refused: it asks for {module}.{name}, and only tensors are read")

    def persistent_load(self, pid: Any) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] not in ("storage", b"storage"):
            raise CheckpointError("an unknown kind of stored object")
        _, dtype, key, _, count = pid[:5]
        return self._storage(str(key), dtype, int(count))


def _read_zip(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        names = {name.split("/", 1)[-1]: name for name in archive.namelist()}
        if "data.pkl" not in names:
            raise CheckpointError("a zip file, but not one of PyTorch's")
        if sum(entry.file_size for entry in archive.infolist()) > MAXIMUM_BYTES:
            raise CheckpointError("unpacks to more than 1 GiB")

        def storage(key: str, dtype: np.dtype[Any], count: int) -> _Storage:
            data = np.frombuffer(archive.read(names[f"data/{key}"]), dtype)
            if data.size < count:
                raise CheckpointError(f"storage {key} is cut off")
            return _Storage(dtype, data)

        return _Reader(io.BytesIO(archive.read(names["data.pkl"])), storage).load()


def _read_legacy(path: Path) -> Any:
    storages: dict[str, _Storage] = {}

    def storage(key: str, dtype: np.dtype[Any], count: int) -> _Storage:
        if count < 0 or count * dtype.itemsize > path.stat().st_size:
            raise CheckpointError(f"storage {key} is cut off")
        return storages.setdefault(key, _Storage(dtype, np.zeros(count, dtype)))

    with path.open("rb") as file:
        magic, _protocol, _system = (_Reader(file, storage).load() for _ in range(3))
        if magic != LEGACY_MAGIC:
            raise CheckpointError("no PyTorch checkpoint")
        result = _Reader(file, storage).load()
        for key in _Reader(file, storage).load():
            (count,) = struct.unpack("<q", file.read(8))
            target = storages[key]
            data = np.frombuffer(file.read(count * target.dtype.itemsize), target.dtype)
            if data.size != target.data.size:
                raise CheckpointError(f"storage {key} is cut off")
            target.data[:] = data
    return result
