"""Reads PyTorch checkpoints without PyTorch, and without running anything that is in them.

A `.pt` file is a pickle, and a pickle is a program. The reader here knows the five names that a file of tensors
needs and refuses every other, so that a file from the internet can do no more than hold numbers. A pickle can also set
attributes of what it was given, by which a tensor could read beyond its storage. Here it is given tuples, which nothing
can change, and tensors become arrays only after it has ended.
"""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: the dtypes of the storages we meet; bfloat16 and quantised ones have no numpy counterpart
STORAGES: Mapping[str, np.dtype[Any]] = {
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


class _Name(NamedTuple):
    """One of the names that a pickle may use; calling it makes an object."""

    make: Callable[..., Any]

    def __call__(self, *arguments: object) -> Any:
        return self.make(*arguments)


class _StorageType(NamedTuple):
    dtype: np.dtype[Any]


class _Storage(NamedTuple):
    data: NDArray[Any]


class _Tensor(NamedTuple):
    """Which numbers of its storage a tensor has."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        """Return them as a view: a legacy file delivers a storage's numbers after the tensors."""
        data, steps = self.storage.data, [step * self.storage.data.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(data[self.offset :], shape=self.size, strides=steps, writeable=False)


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
    except (struct.error, zipfile.BadZipFile, OverflowError, MemoryError, RecursionError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} is damaged or cut off ({error})") from error


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return a state dict: parameter names to arrays; `CheckpointError` when the file holds anything else."""
    state = read_checkpoint(path)
    if not isinstance(state, Mapping) or not all(isinstance(value, np.ndarray) for value in state.values()):
        raise CheckpointError(f"{path.name} holds no state dict (a mapping of names to tensors)")
    return dict(state)


def _rebuild_tensor(*arguments: object) -> _Tensor:
    """Return a tensor whose numbers all lie in its storage, no more of them than the storage has."""
    storage, offset, size, stride = arguments[:4]
    if not isinstance(storage, _Storage) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise CheckpointError("a tensor that is made of something else than a storage, a size and a stride")
    numbers = (offset, *size, *stride)
    if any(type(number) is not int or number < 0 for number in numbers) or len(size) != len(stride):
        raise CheckpointError("a tensor whose offset, size or stride is no whole number from 0")
    count = 1 + sum((length - 1) * step for length, step in zip(size, stride, strict=True)) if all(size) else 0
    if numbers[0] + count > storage.data.size or prod(size) > storage.data.size:
        raise CheckpointError("a tensor reaches beyond its storage")
    return _Tensor(storage, numbers[0], size, stride)


def _rebuild_parameter(tensor: object, *_: object) -> _Tensor:
    if not isinstance(tensor, _Tensor):
        raise CheckpointError("a parameter that is no tensor")
    return tensor


def _arrays(value: Any, done: dict[int, Any]) -> Any:
    """Return what a pickle held, with arrays for tensors; `done` by id, for what is in several places."""
    if id(value) not in done:
        done[id(value)] = _converted(value, done)
    return done[id(value)]


def _converted(value: Any, done: dict[int, Any]) -> Any:
    if isinstance(value, _Tensor):
        return value.array()
    if isinstance(value, dict):
        return {key: _arrays(member, done) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_arrays(member, done) for member in value]
    return value


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.IOBase, storage: Callable[[str, np.dtype[Any], int], _Storage]) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
            ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
        }
        if (module, name) in known:
            return _Name(known[module, name])
        if module == "torch" and name in STORAGES:
            return _StorageType(STORAGES[name])
        raise CheckpointError(f"refused: it asks for {module}.{name}, and only tensors are read")

    def persistent_load(self, pid: Any) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] not in ("storage", b"storage"):
            raise CheckpointError("an unknown kind of stored object")
        _, kind, key, _, count = pid[:5]
        if not isinstance(kind, _StorageType) or not isinstance(key, str) or type(count) is not int or count < 0:
            raise CheckpointError("a storage without a type, a name or a size")
        return self._storage(key, kind.dtype, count)


def _read_zip(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        names = {name.split("/", 1)[-1]: name for name in archive.namelist()}
        if "data.pkl" not in names:
            raise CheckpointError("a zip file, but not one of PyTorch's")
        if sum(entry.file_size for entry in archive.infolist()) > MAXIMUM_BYTES:
            raise CheckpointError("unpacks to more than 1 GiB")

        read: dict[str, bytes] = {}

        def storage(key: str, dtype: np.dtype[Any], count: int) -> _Storage:
            if key not in read:
                read[key] = archive.read(names[f"data/{key}"])
            data = np.frombuffer(read[key], dtype)
            if data.size < count:
                raise CheckpointError(f"storage {key} is cut off")
            return _Storage(data)

        return _arrays(_Reader(io.BytesIO(archive.read(names["data.pkl"])), storage).load(), {})


def _read_legacy(path: Path) -> Any:
    storages: dict[str, _Storage] = {}

    def storage(key: str, dtype: np.dtype[Any], count: int) -> _Storage:
        if key not in storages:
            so_far = sum(known.data.nbytes for known in storages.values())
            if so_far + count * dtype.itemsize > path.stat().st_size:
                raise CheckpointError(f"storage {key} is cut off")
            storages[key] = _Storage(np.zeros(count, dtype))
        return storages[key]

    with path.open("rb") as file:
        magic, _protocol, _system = (_Reader(file, storage).load() for _ in range(3))
        if magic != LEGACY_MAGIC:
            raise CheckpointError("no PyTorch checkpoint")
        result = _Reader(file, storage).load()
        for key in _Reader(file, storage).load():
            (count,) = struct.unpack("<q", file.read(8))
            target = storages[key]
            data = np.frombuffer(file.read(target.data.nbytes), target.data.dtype)
            if count != data.size or data.size != target.data.size:
                raise CheckpointError(f"storage {key} is cut off")
            target.data[:] = data
    return _arrays(result, {})
