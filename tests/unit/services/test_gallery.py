import json
import stat
from pathlib import Path

import numpy as np
import pytest

from services.enrolment.gallery_file import save, write_gallery
from services.face_recognition.gallery import Gallery, GalleryError, Model, check_name, read_gallery
from services.face_recognition.gallery_source import FileStore, GallerySource, S3Store, open_store

MODEL = Model("casia-webface", "a" * 64)


def people(*names: str, model: Model = MODEL, first: int = 0, margin: int = 32) -> Gallery:
    return Gallery(names, np.eye(512, dtype=np.float32)[first : first + len(names)], model, 1.05, margin)


def write_version_1(path: Path, *names: str) -> None:
    """Write a gallery as facepipe did before margins: its head has none."""
    head = {"format": 1, "names": names, "model_id": MODEL.model_id, "weights_sha256": MODEL.weights_sha256}
    rows = np.eye(len(names), 512, dtype=np.float32)
    np.savez(path, head=np.array(json.dumps({**head, "threshold": 1.05})), embeddings=rows)


def test_a_gallery_survives_its_file(tmp_path: Path) -> None:
    gallery = people("Ada", "Änne", "Ada")
    write_gallery(gallery, tmp_path / "g.npz")
    read = read_gallery((tmp_path / "g.npz").read_bytes(), "g.npz", MODEL)
    assert (read.names, read.model, read.threshold, read.margin_px) == (gallery.names, MODEL, 1.05, 32)
    assert np.array_equal(read.embeddings, gallery.embeddings)
    assert [path.name for path in tmp_path.iterdir()] == ["g.npz"], "nothing half-written is left"


def test_a_gallery_of_before_margins_has_none(tmp_path: Path) -> None:
    write_version_1(tmp_path / "g.npz", "Ada", "Bob")
    gallery = read_gallery((tmp_path / "g.npz").read_bytes(), "g.npz", MODEL)
    assert (gallery.names, gallery.threshold, gallery.margin_px) == (("Ada", "Bob"), 1.05, 0)


def test_people_of_two_margins_are_never_in_one_gallery(tmp_path: Path) -> None:
    write_version_1(tmp_path / "g.npz", "Ada")
    with pytest.raises(GalleryError, match="margin of 0 pixels.*32: .*facepipe enrol --replace"):
        save(people("Bob"), tmp_path / "g.npz", replace=False)
    assert save(people("Bob", margin=0), tmp_path / "g.npz", replace=False).names == ("Ada", "Bob")
    assert save(people("Bob"), tmp_path / "g.npz", replace=True).margin_px == 32


def test_only_its_owner_may_read_a_gallery(tmp_path: Path) -> None:
    """Also where an older one was open to everybody; a folder with set-group-ID is shared with its group."""
    path = tmp_path / "g.npz"
    path.touch(mode=0o644)
    write_gallery(people("Ada"), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tmp_path.chmod(0o2750)
    write_gallery(people("Ada"), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_gallery_of_another_model_is_an_error_with_the_cure(tmp_path: Path) -> None:
    write_gallery(people("Ada", model=Model("vggface2", "b" * 64)), tmp_path / "g.npz")
    with pytest.raises(GalleryError, match=r"vggface2 \(bbbbbbbb\).*casia-webface.*facepipe enrol"):
        read_gallery((tmp_path / "g.npz").read_bytes(), "g.npz", MODEL)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_damaged_gallery_is_an_error_with_the_cure(tmp_path: Path, share: float) -> None:
    write_gallery(people("Ada", "Bob"), tmp_path / "g.npz")
    content = (tmp_path / "g.npz").read_bytes()
    with pytest.raises(GalleryError, match="g.npz is damaged.*facepipe enrol PEOPLE --replace"):
        read_gallery(content[: int(len(content) * share)], "g.npz", MODEL)


def test_objects_in_a_gallery_file_are_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "g.npz", head=np.array([{"a": 1}], dtype=object), embeddings=np.zeros((0, 512)))
    with pytest.raises(GalleryError, match="damaged"):
        read_gallery((tmp_path / "g.npz").read_bytes(), "g.npz", MODEL)


@pytest.mark.parametrize("name", ["", " ", "a,b", "unknown", "no-face", "x" * 129, "a\nb"])
def test_a_name_that_a_result_could_not_carry_is_refused(name: str) -> None:
    with pytest.raises(GalleryError, match="cannot be a person's name"):
        check_name(name)


def test_a_changed_file_is_read_again_and_a_bad_one_is_an_error_until_mended(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    write_gallery(people("Ada"), path)
    source = GallerySource(FileStore(path), MODEL)
    assert source.current().gallery.names == ("Ada",)
    assert source.current() is source.current()
    write_gallery(people("Ada", "Bob"), path)
    assert source.current().gallery.names == ("Ada", "Bob")
    path.write_bytes(b"junk")
    for _ in range(2):
        with pytest.raises(GalleryError, match="damaged"):
            source.current()
    write_gallery(people("Bob"), path)
    assert source.current().gallery.names == ("Bob",)
    path.unlink()
    with pytest.raises(GalleryError, match="facepipe enrol"):
        source.current()


def test_an_object_is_asked_for_its_etag_every_five_seconds_at_most() -> None:
    class S3:
        heads = 0

        def head_object(self, **_: object) -> dict[str, object]:
            S3.heads += 1
            return {"ETag": "x", "ContentLength": 1}

    now = [0.0]
    store = S3Store(S3(), "b", "k", lambda: now[0])
    for now[0] in (0.0, 1.0, 4.9, 5.0, 9.0):
        store.version()
    assert S3.heads == 2


def test_a_location_is_a_path_or_an_object() -> None:
    assert isinstance(open_store("/x/g.npz"), FileStore)
    with pytest.raises(GalleryError, match="s3://bucket/key"):
        open_store("s3://bucket")
