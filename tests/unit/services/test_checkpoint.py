import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.checkpoint import CheckpointError, read_checkpoint, read_tensors
from tests.unit.services.checkpoints import write_legacy, write_zip

Write = Callable[[Path, object], None]
FORMATS = [write_zip, write_legacy]


@pytest.mark.parametrize("write", FORMATS)
def test_tensors_come_back(tmp_path: Path, write: Write) -> None:
    state = {"a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "a.steps": np.array(7, np.int64)}
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
