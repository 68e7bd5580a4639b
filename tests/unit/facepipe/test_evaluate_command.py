"""`facepipe evaluate` as a user types it, on the licensed photos where they are and on the samples."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.models


def evaluate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "facepipe", "evaluate", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.photos
def test_everybody_is_found_on_the_licensed_photos_and_too_few_photos_are_said_to_be_too_few(
    models_dir: Path, photos: Path, tmp_path: Path
) -> None:
    for name in ("biden", "bryan", "chirac", "chris_pratt", "luciano", "obama", "paul_rudd"):
        shutil.copytree(photos / name, tmp_path / "people" / name)
    result = evaluate(
        str(tmp_path / "people"), "--margin", "32", "--margin", "0", "--compare", "--output", str(tmp_path / "x.png")
    )
    assert result.returncode == 0, result.stderr
    assert "17 photos of 7 people; 13 of them were looked for among all others." in result.stdout
    assert result.stdout.count("13 of 13") >= 6, result.stdout
    assert "Too few photos to say" in result.stdout
    assert (tmp_path / "x.png").exists()


def test_strangers_who_are_not_are_left_out(models_dir: Path, samples: Path, tmp_path: Path) -> None:
    for name, photo in (("Grace Hopper", "grace_hopper.jpg"), ("Eileen Collins", "astronaut.png")):
        (tmp_path / "people" / name).mkdir(parents=True)
        shutil.copy(samples / photo, tmp_path / "people" / name)
        (tmp_path / "strangers").mkdir(exist_ok=True)
        shutil.copy(samples / photo, tmp_path / "strangers")
    strangers, picture = str(tmp_path / "strangers"), str(tmp_path / "x.png")
    result = evaluate(str(tmp_path / "people"), "--strangers", strangers, "--output", picture)
    assert result.returncode == 0, result.stderr
    assert "strangers/astronaut.png: no stranger, but Eileen Collins/astronaut.png" in result.stdout
    assert "Nobody has a second photo" in result.stdout


def test_what_cannot_be_measured_is_one_clear_line(models_dir: Path, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "people" / "Grace Hopper").mkdir(parents=True)
    shutil.copy(samples / "grace_hopper.jpg", tmp_path / "people" / "Grace Hopper")
    for arguments, words in (
        (["nobody-here"], "nobody-here is no folder"),
        ([str(tmp_path / "people")], "at least two people"),
        ([str(tmp_path / "people"), "--strangers", "nobody-here"], "nobody-here is no folder"),
        ([str(tmp_path / "people"), "--models-dir", "nowhere"], "run `facepipe models`"),
    ):
        result = evaluate(*arguments)
        assert result.returncode == 2, result.stdout
        assert words in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_without_matplotlib_the_figures_are_there_and_the_picture_says_how_to_get_it(
    models_dir: Path, samples: Path, tmp_path: Path
) -> None:
    for name, photo in (("Grace Hopper", "grace_hopper.jpg"), ("Eileen Collins", "astronaut.png")):
        (tmp_path / "people" / name).mkdir(parents=True)
        shutil.copy(samples / photo, tmp_path / "people" / name)
    (tmp_path / "missing" / "matplotlib").mkdir(parents=True)
    (tmp_path / "missing" / "matplotlib" / "__init__.py").write_text("raise ImportError('not installed')")
    result = evaluate(str(tmp_path / "people"), PYTHONPATH=str(tmp_path / "missing"))
    assert result.returncode == 0, result.stderr
    assert "closest other" in result.stdout
    assert "matplotlib is missing; scripts/evaluate installs it" in result.stderr
