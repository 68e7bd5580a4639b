"""Bounds on shares: the expected values are textbook ones, and exact sums in fractions."""

from fractions import Fraction
from math import comb

import pytest

from facepipe.evaluation.certainty import largest_share, safe_threshold, strangers_needed


def exactly(named: int, strangers: int, share: Fraction) -> Fraction:
    """The probability of at most `named`, in fractions."""
    return sum((comb(strangers, k) * share**k * (1 - share) ** (strangers - k) for k in range(named + 1)), Fraction(0))


@pytest.mark.parametrize(
    ("named", "strangers", "bound"),
    [
        (0, 10, 0.2589),  # 1 - 0.05^(1/10)
        (0, 300, 0.00994),  # the rule of three: about 3/300
        (1, 10, 0.3942),  # Clopper and Pearson's upper limits at 95 %, one-sided
        (5, 20, 0.4556),
        (10, 10, 1.0),
    ],
)
def test_the_largest_share_is_clopper_and_pearsons(named: int, strangers: int, bound: float) -> None:
    assert largest_share(named, strangers) == pytest.approx(bound, abs=5e-4)


@pytest.mark.parametrize("named", [0, 1, 2, 5])
def test_the_number_of_strangers_needed_is_the_smallest_that_does(named: int) -> None:
    needed = strangers_needed(named)
    assert exactly(named, needed, Fraction(1, 100)) <= Fraction(5, 100) < exactly(named, needed - 1, Fraction(1, 100))
    assert {0: 299, 1: 473}.get(named, needed) == needed


def test_too_few_strangers_allow_no_threshold() -> None:
    assert safe_threshold([1.4] * 298) is None
    assert safe_threshold([]) is None


def test_the_threshold_lets_as_many_strangers_through_as_the_number_allows() -> None:
    distances = [0.8 + number / 1000 for number in range(500)]
    safe = safe_threshold(distances)
    assert safe is not None
    assert safe.named == 1
    assert safe.distance == pytest.approx(0.801)
    assert sum(distance < safe.distance for distance in distances) == 1
    fewer = safe_threshold(distances[:299])
    assert fewer is not None
    assert fewer.distance == pytest.approx(0.8)
