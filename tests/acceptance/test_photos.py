"""Real photos in, names out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facepipe.client.photos import frames, photo
from tests.acceptance.pipelines import Pipeline

pytestmark = [pytest.mark.models, pytest.mark.photos]

PEOPLE = ("obama", "chirac")


def names(result: str) -> list[str]:
    return result.split(", ")


def test_everybody_is_recognised_and_nobody_else(
    statesmen: Pipeline, photos: Path, record_figure: Callable[[str], None]
) -> None:
    enrolled = {"1.jpg", "2.jpg", "4.jpg"}
    paths = [p for person in PEOPLE for p in sorted((photos / person).iterdir()) if p.name not in enrolled]
    paths = [p for p in paths if p.name != "whitehouse-2012.jpg"]
    others = ("biden", "bryan", "chris_pratt", "luciano", "paul_rudd")
    strangers = [p for person in others for p in sorted((photos / person).iterdir())]
    rows = statesmen.send([photo(p) for p in paths + strangers])
    assert [row.problem for row in rows] == [""] * len(rows)
    right, wrong = list[Any](), list[Any]()
    for path, row in zip(paths + strangers, rows, strict=True):
        assert row.answer
        found = names(row.answer.result)
        person = path.parent.name
        if person in PEOPLE:
            other = PEOPLE[1 - PEOPLE.index(person)]
            assert person in found, f"{path.parent.name}/{path.name}: {row.answer.result}"
            assert other not in found, f"{path.parent.name}/{path.name}: {row.answer.result}"
        else:
            assert not set(found) & set(PEOPLE), f"{path.parent.name}/{path.name}: {row.answer.result}"
        right += [face.distance for face in row.answer.faces if face.name == person]
        wrong += [face.distance for face in row.answer.faces if face.name == "unknown"]
    record_figure(
        f"{len(paths)} photos of the enrolled: largest distance {max(right):.3f};"
        f" strangers' faces ({len(wrong)}): smallest {min(wrong):.3f}"
    )


def test_at_least_60_of_62_webcam_frames_give_exactly_both(
    statesmen: Pipeline, photos: Path, record_figure: Callable[[str], None]
) -> None:
    shots = list(frames([photos / "webcam"]))
    assert len(shots) == 62
    rows = statesmen.send(shots)
    results = [row.answer.result if row.answer else row.problem for row in rows]
    exact = results.count("obama, chirac")
    distances: list[Any] = [
        face.distance for row in rows if row.answer for face in row.answer.faces if face.name != "unknown"
    ]
    record_figure(
        f"webcam: {exact} of 62 exactly 'obama, chirac'; largest distance of a named face {max(distances):.3f}"
    )
    assert exact >= 60, [result for result in results if result != "obama, chirac"]
