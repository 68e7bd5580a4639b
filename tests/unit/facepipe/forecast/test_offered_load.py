"""Loads: how the options are read, and that as many photos come as they say, when they say."""

import random

import pytest

from facepipe.forecast.offered_load import LoadTexts, OfferedLoad, read_load
from facepipe.forecast.quantities import ForecastError, span_s, span_text


def arrivals(load: OfferedLoad) -> list[float]:
    return list(load.arrivals(random.Random(5)))


def test_a_rate_brings_as_many_photos_as_it_says() -> None:
    came = arrivals(read_load(LoadTexts(rate="200", duration="10m")))
    assert len(came) == pytest.approx(120_000, rel=0.01)
    assert came == sorted(came)
    assert came[-1] <= 600


def test_a_ramp_rises_evenly_and_its_last_rate_holds() -> None:
    came = arrivals(read_load(LoadTexts(ramp="0..100/10m", duration="20m")))
    minutes = [sum(60 * minute <= moment < 60 * minute + 60 for moment in came) for minute in range(20)]
    assert minutes[0] == pytest.approx(300, rel=0.2)
    assert minutes[9] == pytest.approx(5_700, rel=0.05)
    assert minutes[19] == pytest.approx(6_000, rel=0.05)


def test_a_falling_ramp_ends_at_its_last_rate() -> None:
    assert len(arrivals(read_load(LoadTexts(ramp="100..0/10m")))) == pytest.approx(30_000, rel=0.03)


def test_a_day_has_all_its_photos_and_most_of_them_in_the_evening() -> None:
    load = read_load(LoadTexts(per_day="100000"))
    assert load.photos == pytest.approx(100_000)
    came = arrivals(load)
    assert len(came) == pytest.approx(100_000, rel=0.02)
    hours = [sum(3_600 * hour <= moment < 3_600 * hour + 3_600 for moment in came) for hour in range(24)]
    assert max(hours) == hours[19]
    assert sum(hours[1:5]) < 5_000


def test_several_days_and_part_of_one() -> None:
    assert read_load(LoadTexts(per_day="1000", duration="2d")).photos == pytest.approx(2_000)
    assert 0 < read_load(LoadTexts(per_day="100000", duration="90m")).photos < 5_000


def test_a_burst_comes_at_one_moment() -> None:
    came = arrivals(read_load(LoadTexts(rate="1", duration="1m", bursts=["50@30s"])))
    assert came.count(30.0) == 50
    assert came == sorted(came)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (LoadTexts(), "which load"),
        (LoadTexts(rate="abc"), "--rate abc: write photos a second"),
        (LoadTexts(rate="nan"), "--rate nan"),
        (LoadTexts(rate="-3"), "--rate -3"),
        (LoadTexts(rate="0"), "0 photos"),
        (LoadTexts(rate="5", per_day="5"), "--rate and --per-day"),
        (LoadTexts(rate="5", duration="5"), "--for 5: write a stretch of time"),
        (LoadTexts(rate="5", duration="0m"), "--for 0m"),
        (LoadTexts(rate="5", duration="xm"), "--for xm"),
        (LoadTexts(ramp="500"), "--ramp 500: write it as"),
        (LoadTexts(ramp="0..5/1m", duration="30s"), "ends before the ramp"),
        (LoadTexts(rate="5", bursts=["50"]), "--burst 50: write it as"),
        (LoadTexts(rate="5", bursts=["x@1m"]), "--burst x"),
        (LoadTexts(rate="100000", duration="1d"), "choose from 1 to"),
    ],
)
def test_a_mistake_is_named_with_its_cure(texts: LoadTexts, words: str) -> None:
    with pytest.raises(ForecastError) as error:
        read_load(texts)
    assert words in str(error.value)


def test_stretches_of_time_are_read_and_written() -> None:
    assert [span_s(text, "--for") for text in ("90s", "30m", "2h", "1d")] == [90, 1_800, 7_200, 86_400]
    assert [span_text(seconds) for seconds in (45, 200, 7_500)] == ["45 s", "3:20 min", "2:05 h"]
