"""What is said of figures, and that it fits into a terminal of 80 columns."""

import numpy as np
import pytest
from rich.console import Console

from facepipe.evaluation import evaluation_report as report
from facepipe.evaluation.leave_one_out import ComparedWith, Strangers, Trials

LONG = "A person whose name is as long as a name may be in a folder of photos of many people"


def measured(strangers: int = 10, nearest: float = 1.2, name: str = "Ada") -> report.Measurement:
    trials = Trials((name, name, "Bob"), np.array([0.5, 0.8, np.inf]), np.array([0.9, 1.2, 1.2]), ("Bob", "Bob", name))
    names = tuple(f"stranger {number}" for number in range(strangers))
    found = Strangers(names, names, np.full(strangers, nearest), ("Bob",) * strangers)
    return report.Measurement(32, ComparedWith.BOTH, 1.0, trials, found)


def shown(*views: object) -> str:
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        for view in views:
            console.print(view)
    return capture.get()


def test_the_tables_fit_into_80_columns_and_nothing_is_cut_off() -> None:
    one = measured(name=LONG, strangers=100_000)
    text = shown(report.each_person(one), report.over_thresholds(one), report.comparison([one]))
    assert "…" not in text
    assert all(word in text for word in LONG.split())
    for words in ("in use 1.00", "photos and mean", "0 of 100000", "closest other"):
        assert words in text


def test_too_few_strangers_are_said_to_be_too_few_and_how_many_would_do() -> None:
    text = report.advice(measured(10))
    assert "0 of 10 strangers get a name: with 95 % certainty, at most 25.9% of all" in text
    assert "Too few photos to say" in text
    assert "299 different people" in text


def test_no_strangers_say_nothing() -> None:
    assert "nothing can be said" in report.advice(measured(0))


def test_enough_strangers_give_a_threshold_and_the_option_that_sets_it() -> None:
    text = report.advice(measured(400, nearest=0.857))
    assert "400 of 400 strangers get a name" in text
    assert "At 0.85, at most 1% of strangers get a name, with 95 % certainty (0 of these 400 do)" in text
    assert "2 of 2 photos are right: --parameter MatchThreshold=0.85" in text


def test_what_the_figures_rest_on_is_said() -> None:
    text = report.about_photos(measured(), given=True)
    assert "3 photos of 2 people; 2 of them were looked for among all others." in text
    assert "1 person has a single photo" in text
    assert "10 strangers" in text


def test_strangers_who_get_a_name_are_listed() -> None:
    assert report.named_strangers(measured()) == []
    lines = report.named_strangers(measured(strangers=23, nearest=0.6))
    assert lines[0] == "stranger 0 is taken for Bob (0.60): stranger 0"
    assert lines[-1] == "and 3 more"


def test_the_picture_is_drawn(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    from facepipe.evaluation.distance_picture import draw_distances

    draw_distances([measured(), measured(strangers=0)], tmp_path / "new" / "x.png")
    assert (tmp_path / "new" / "x.png").read_bytes().startswith(b"\x89PNG")
