"""What a number of strangers, of whom some got a name, says of all strangers: exact binomial bounds.

Of n strangers whom nobody has chosen, k got a name. The share of all strangers who would is, with 95 % certainty, at
most the p at which so few names would come about in 5 % of all samples of n (Clopper and Pearson, 1934). With k = 0
that is about 3/n, the rule of three: for "at most 1 %", 299 strangers are the fewest that can do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

CERTAINTY = 0.95
SHARE = 0.01  #: of strangers who may get a name


@dataclass(frozen=True, slots=True)
class SafeThreshold:
    """A threshold at which at most 1 % of strangers get a name, with 95 % certainty."""

    distance: float
    named: int  #: how many of the strangers got a name at it


def largest_share(named: int, strangers: int) -> float:
    """Return which share of all strangers would get a name at most, when `named` of this many did."""
    if named >= strangers:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(named, strangers, middle) > 1 - CERTAINTY:
            low = middle
        else:
            high = middle
    return high


def strangers_needed(named: int) -> int:
    """Return how many strangers it takes to say "at most 1 %" when `named` of them get a name."""
    low, high = named, 100 * (named + 10)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _enough(named, middle) else (middle, high)
    return high


def safe_threshold(nearest: Sequence[float]) -> SafeThreshold | None:
    """Return the largest threshold that can be called safe; None when there are too few strangers for any.

    `nearest` is each stranger's distance to the nearest enrolled person: one number a stranger, who must be different
    people. Which rank is chosen depends on their number alone, so the choice does not spoil the certainty.
    """
    ordered = sorted(nearest)
    named = -1
    while _enough(named + 1, len(ordered)):
        named += 1
    return SafeThreshold(ordered[named], named) if named >= 0 else None


def _enough(named: int, strangers: int) -> bool:
    return named < strangers and _at_most(named, strangers, SHARE) <= 1 - CERTAINTY


def _at_most(named: int, strangers: int, share: float) -> float:
    """Return the probability of at most `named` successes in as many trials as there are strangers."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if named >= strangers else 0.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    ways = math.lgamma(strangers + 1)
    return math.fsum(
        math.exp(
            ways - math.lgamma(k + 1) - math.lgamma(strangers - k + 1) + k * log_share + (strangers - k) * log_rest
        )
        for k in range(named + 1)
    )
