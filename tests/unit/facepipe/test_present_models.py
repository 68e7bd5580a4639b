import json
from pathlib import Path

import pytest

from facepipe.paths import Paths
from facepipe.present_models import SAMPLE_GALLERY, are_present
from services.face_recognition import settings
from services.nets.building.writer_version import writer


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Everything that `facepipe models` makes, as far as it is looked at."""
    made = Paths(tmp_path, tmp_path / "var")
    for folder in (made.models, made.samples):
        folder.mkdir(parents=True)
    (made.models / "pnet.plan").write_bytes(b"12345")
    write_manifest(made)
    for file in (made.models / SAMPLE_GALLERY, made.samples / "grace_hopper.jpg"):
        file.touch()
    return made


def write_manifest(paths: Paths, **changes: object) -> None:
    manifest = {"writer": writer(), "files": {"pnet.plan": {"bytes": 5}}, **changes}
    paths.manifest.write_text(json.dumps(manifest))


def test_what_is_there_is_found(paths: Paths) -> None:
    assert are_present(paths)


@pytest.mark.parametrize("missing", ["models/pnet.plan", "models/manifest.json", f"models/{SAMPLE_GALLERY}"])
def test_a_missing_file_is_noticed(paths: Paths, missing: str) -> None:
    (paths.var / missing).unlink()
    assert not are_present(paths)


def test_a_cut_file_is_noticed(paths: Paths) -> None:
    (paths.models / "pnet.plan").write_bytes(b"1234")
    assert not are_present(paths)


@pytest.mark.parametrize("changes", [{"writer": "another version"}, {"files": {"pnet.plan": {}}}, {"files": []}])
def test_what_another_version_wrote_is_noticed(paths: Paths, changes: dict[str, object]) -> None:
    write_manifest(paths, **changes)
    assert not are_present(paths)


def test_the_sample_gallery_has_one_name() -> None:
    assert SAMPLE_GALLERY == settings.SAMPLE_GALLERY
