"""What tests of the nets compare with."""

from pathlib import Path

import pytest

from facepipe.paths import Paths
from services.nets.model_files import ModelError


@pytest.fixture(scope="session")
def onnx_graphs(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the nets as ONNX graphs, made from the weights that the models were made from."""
    from facepipe.bench.oracles.oracle_files import write_oracles

    folder = tmp_path_factory.mktemp("oracles")
    try:
        write_oracles(folder, Paths(), print)
    except ModelError as error:
        pytest.skip(str(error))
    return folder
