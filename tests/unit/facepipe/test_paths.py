"""Where things are, in a checkout and installed."""

from pathlib import Path

import pytest

from facepipe.paths import SOURCES, NoCheckoutError, Paths, data_folder, sources

CHECKOUT, INSTALLED = Path("/src/facepipe"), Path("/venv/facepipe") / SOURCES.name


@pytest.mark.parametrize(
    ("root", "environ", "folder"),
    [
        (CHECKOUT, {}, "/src/facepipe/var"),
        (CHECKOUT, {"XDG_DATA_HOME": "/data"}, "/src/facepipe/var"),
        (CHECKOUT, {"FACEPIPE_HOME": "/mine"}, "/mine"),
        (INSTALLED, {}, "/home/ann/.local/share/facepipe"),
        (INSTALLED, {"XDG_DATA_HOME": "/data"}, "/data/facepipe"),
        (INSTALLED, {"XDG_DATA_HOME": "not/absolute"}, "/home/ann/.local/share/facepipe"),
        (INSTALLED, {"XDG_DATA_HOME": "/data", "FACEPIPE_HOME": "~/mine"}, "/home/ann/mine"),
    ],
)
def test_where_made_and_fetched_files_are(
    root: Path, environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert data_folder(root, environ) == Path(folder)


def test_a_wheels_folder_of_sources_comes_before_the_folder_above_the_package(tmp_path: Path) -> None:
    assert sources(tmp_path / "facepipe") == tmp_path
    (tmp_path / "facepipe" / SOURCES.name).mkdir(parents=True)
    assert sources(tmp_path / "facepipe") == tmp_path / "facepipe" / SOURCES.name


def test_what_needs_a_checkout_says_so() -> None:
    Paths(CHECKOUT, CHECKOUT / "var").need_checkout("facepipe push")
    with pytest.raises(NoCheckoutError, match="facepipe push needs a checkout of facepipe; clone"):
        Paths(INSTALLED, Path("/data")).need_checkout("facepipe push")
