import pytest

from facepipe.bench.start import in_time
from facepipe.bench.start_marks import RESULT
from facepipe.bench.start_tables import slower_ms
from facepipe.bench.started_up import Started


def started(result_ms: float, first_ms: float, *next_ms: float) -> Started:
    return Started({RESULT: result_ms}, first_ms, next_ms, processor_ms=0)


def test_the_first_photo_is_compared_with_the_median_of_the_next():
    assert slower_ms(started(1000, 500, 90, 100, 900)) == 400


@pytest.mark.parametrize(
    ("starts", "met"),
    [
        ([started(1500, 500, 100)], True),  # exactly the targets: 1.5 s, 400 ms
        ([started(1501, 500, 100)], False),
        ([started(1500, 501, 100)], False),
        ([started(1400, 400, 100), started(9000, 9000, 100), started(1450, 450, 100)], True),  # medians
    ],
)
def test_the_targets_are_for_the_medians(starts, met):
    assert in_time(starts) is met
