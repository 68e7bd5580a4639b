"""Checkpoints whose pickle is written by hand, opcode by opcode: what no program of good will would write."""

import pickle
import zipfile
from pathlib import Path


def value(of: object) -> bytes:
    """The opcodes that make a plain value."""
    return pickle.dumps(of, protocol=2)[2:-1]


def name(module: str, attribute: str) -> bytes:
    """The opcodes that look a name up."""
    return f"c{module}\n{attribute}\n".encode()


def storage(count: int, *, kind: str = "FloatStorage", key: str = "0") -> bytes:
    """The opcodes that make a storage."""
    return b"(" + value("storage") + name("torch", kind) + value(key) + value("cpu") + value(count) + b"tQ"


def tensor(of: bytes, size: object, stride: object, *, offset: object = 0) -> bytes:
    """The opcodes that make a tensor on a storage."""
    rebuild = name("torch._utils", "_rebuild_tensor_v2")
    return rebuild + b"(" + of + value(offset) + value(size) + value(stride) + b"\x89NtR"


def changed(of: bytes, attribute: str, to: bytes) -> bytes:
    """The opcodes that set an attribute of what is on the stack, also where it has no __dict__."""
    return of + b"(N}" + value(attribute) + to + b"stb"


def write(path: Path, program: bytes, *, numbers: int) -> None:
    """Write a file of one storage of 4-byte numbers."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + program + b".")
        archive.writestr("archive/data/0", bytes(4 * numbers))
