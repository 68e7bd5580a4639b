import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.nets.building.checkpoint import CheckpointError, read_checkpoint, read_tensors
from tests.unit.services.nets.building import crafted_pickles as crafted
from tests.unit.services.nets.building.checkpoints import write_legacy, write_zip

Write = Callable[[Path, object], None]
FORMATS = [write_zip, write_legacy]


@pytest.mark.parametrize("write", FORMATS)
def test_tensors_come_back(tmp_path: Path, write: Write) -> None:
    state: dict[str, np.ndarray] = {
        "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        "a.steps": np.array(7, np.int64),
    }
    write(tmp_path / "x.pt", state)
    read = read_tensors(tmp_path / "x.pt")
    assert read.keys() == state.keys()
    assert np.array_equal(read["a.weight"], state["a.weight"])
    assert read["a.steps"] == 7


@pytest.mark.parametrize("write", FORMATS)
def test_lists_as_in_data_pt_come_back(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "data.pt", [[np.ones((1, 512), np.float32)], ["Ada"]])
    embeddings, names = read_checkpoint(tmp_path / "data.pt")
    assert embeddings[0].shape == (1, 512)
    assert names == ["Ada"]


class _Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch attacked",)


def test_a_pickle_that_runs_something_is_refused_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.pt").write_bytes(pickle.dumps(_Attack(), protocol=2))
    with zipfile.ZipFile(tmp_path / "evil-zip.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Attack(), protocol=2))
    for name in ("evil.pt", "evil-zip.pt"):
        with pytest.raises(CheckpointError, match="refused: it asks for posix.system"):
            read_checkpoint(tmp_path / name)
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("write", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, write: Write, share: float) -> None:
    path = tmp_path / "cut.pt"
    write(path, {"w": np.zeros(5000, np.float32)})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(CheckpointError, match="cut.pt"):
        read_checkpoint(path)


def test_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_text("hello")
    with pytest.raises(CheckpointError, match="x.pt"):
        read_checkpoint(tmp_path / "x.pt")
    write_zip(tmp_path / "list.pt", [1, 2])
    with pytest.raises(CheckpointError, match="no state dict"):
        read_tensors(tmp_path / "list.pt")


DOUBLE = crafted.name("torch", "DoubleStorage")
STORAGE = crafted.storage(1000)
FORGED = crafted.name("collections", "OrderedDict") + b")R"

#: each would read numbers that are not the file's, or more than there are
BEYOND = {
    "a storage that is said to be of longer numbers": crafted.tensor(
        crafted.changed(STORAGE, "dtype", DOUBLE), (1000,), (1,)
    ),
    "a storage of other data": crafted.tensor(crafted.changed(STORAGE, "data", crafted.value(b"x")), (1000,), (1,)),
    "a storage that is something else": crafted.tensor(
        crafted.changed(crafted.changed(FORGED, "dtype", DOUBLE), "data", STORAGE), (1000,), (1,)
    ),
    "an array in a tensor's place": crafted.changed(
        crafted.tensor(STORAGE, (10,), (1,)), "size", crafted.value((9999,))
    ),
    "a name that is changed": crafted.changed(crafted.name("torch", "FloatStorage"), "dtype", DOUBLE),
    "a size beyond the storage": crafted.tensor(STORAGE, (1001,), (1,)),
    "a step beyond the storage": crafted.tensor(STORAGE, (2,), (1000,)),
    "a negative offset": crafted.tensor(STORAGE, (10,), (1,), offset=-1),
    "a negative size": crafted.tensor(STORAGE, (-1, -1), (1, 1)),
    "a negative step": crafted.tensor(STORAGE, (10,), (-1,)),
    "a size that is no whole number": crafted.tensor(STORAGE, (10.0,), (1,)),
    "a step that is no number": crafted.tensor(STORAGE, (10,), ("1",)),
    "more sizes than steps": crafted.tensor(STORAGE, (10, 10), (1,)),
    "a list of sizes": crafted.tensor(STORAGE, [10], (1,)),
    "numbers said over and over": crafted.tensor(STORAGE, (10**12,), (0,)),
    "a storage of less than nothing": crafted.tensor(crafted.storage(-1), (1,), (1,)),
    "a storage of more than there is": crafted.tensor(crafted.storage(1001), (1,), (1,)),
    "a storage of no known type": b"(" + crafted.value("storage") + b"N" + crafted.value("0") + b"NK\1tQ",
    "a parameter that is no tensor": crafted.name("torch._utils", "_rebuild_parameter") + b"(K\1tR",
}


@pytest.mark.parametrize("program", BEYOND.values(), ids=BEYOND.keys())
def test_a_pickle_whose_tensor_reads_beyond_its_storage_is_refused(tmp_path: Path, program: bytes) -> None:
    """The first of them ended the process with SIGSEGV: a pickle may set attributes of whatever it has made."""
    crafted.write(tmp_path / "data.pt", program, numbers=1000)
    with pytest.raises(CheckpointError, match="data.pt"):
        read_checkpoint(tmp_path / "data.pt")


def test_a_list_that_holds_itself_is_refused(tmp_path: Path) -> None:
    crafted.write(tmp_path / "data.pt", b"]q\0h\0a", numbers=1)
    with pytest.raises(CheckpointError, match="data.pt"):
        read_checkpoint(tmp_path / "data.pt")


def test_lists_of_the_same_list_are_read_once_each(tmp_path: Path) -> None:
    """Sixty lists, each of twice the one before: written out they would be 2^60."""
    program = b"]q\0" + b"".join(
        b"]q" + bytes([i + 1]) + b"(h" + bytes([i]) + b"h" + bytes([i]) + b"e" for i in range(60)
    )
    crafted.write(tmp_path / "data.pt", program, numbers=1)
    assert len(read_checkpoint(tmp_path / "data.pt")) == 2


def test_the_same_storage_named_many_times_is_read_once(tmp_path: Path) -> None:
    crafted.write(tmp_path / "data.pt", b"](" + crafted.tensor(STORAGE, (1000,), (1,)) * 3 + b"e", numbers=1000)
    first, *others = read_checkpoint(tmp_path / "data.pt")
    assert all(np.shares_memory(first, other) for other in others)


def test_what_a_state_dict_has_beside_its_tensors_is_passed_over(tmp_path: Path) -> None:
    """torch gives the OrderedDict of a state dict an attribute, `_metadata`: a pickle that sets attributes honestly."""
    named = FORGED + crafted.value("w") + crafted.tensor(STORAGE, (2, 3), (3, 1)) + b"s"
    crafted.write(tmp_path / "x.pt", named + b"}" + crafted.value("_metadata") + FORGED + b"sb", numbers=1000)
    assert read_tensors(tmp_path / "x.pt")["w"].shape == (2, 3)
