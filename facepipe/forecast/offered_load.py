"""When photos come: a rate that changes linearly piece by piece, with Poisson arrivals, and bursts."""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from facepipe.forecast.quantities import UNITS_S, ForecastError, number, span_s, span_text

DEFAULT_SPAN_S = 600.0
MOST_PHOTOS = 5_000_000  #: in one simulation, which keeps a few numbers of each
#: how much of a day's photos each hour has, in relative numbers: quiet at night, busiest in the evening
DAY = (35, 25, 20, 20, 20, 30, 50, 80, 110, 130, 140, 150, 160, 150, 140, 140, 150, 170, 190, 200, 180, 140, 90, 55)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time over which the rate changes evenly; times in seconds, rates in photos a second."""

    start_s: float
    end_s: float
    first_rate: float
    last_rate: float

    @property
    def photos(self) -> float:
        """The expected number of photos."""
        return (self.end_s - self.start_s) * (self.first_rate + self.last_rate) / 2

    def when(self, photos: float) -> float:
        """Return the time by which so many photos are expected since the start."""
        slope = (self.last_rate - self.first_rate) / (self.end_s - self.start_s)
        if abs(slope) < 1e-12:
            return self.start_s + photos / self.first_rate
        root = math.sqrt(max(0.0, self.first_rate**2 + 2 * slope * photos))
        return self.start_s + (root - self.first_rate) / slope


@dataclass(frozen=True, slots=True)
class Burst:
    """Photos that come at the same moment."""

    at_s: float
    photos: int


@dataclass(frozen=True, slots=True)
class OfferedLoad:
    """All photos of one forecast."""

    pieces: tuple[Piece, ...]
    bursts: tuple[Burst, ...] = ()
    text: str = ""

    @property
    def span_s(self) -> float:
        """The time until the last photo, and a second after a burst."""
        return max([piece.end_s for piece in self.pieces] + [burst.at_s + 1 for burst in self.bursts])

    @property
    def photos(self) -> float:
        """The expected number of photos."""
        return sum(piece.photos for piece in self.pieces) + sum(burst.photos for burst in self.bursts)

    @property
    def peak(self) -> float:
        """The highest rate, bursts left out."""
        return max((max(piece.first_rate, piece.last_rate) for piece in self.pieces), default=0.0)

    def arrivals(self, rng: random.Random) -> Iterator[float]:
        """Yield when each photo comes, in order."""
        bursts = sorted(burst.at_s for burst in self.bursts for _ in range(burst.photos))
        return heapq.merge(self._poisson(rng), bursts)

    def _poisson(self, rng: random.Random) -> Iterator[float]:
        """Yield the arrivals of a Poisson process with a changing rate: rate 1 on a clock of expected photos."""
        expected = rng.expovariate(1.0)
        for piece in self.pieces:
            while expected < piece.photos:
                yield piece.when(expected)
                expected += rng.expovariate(1.0)
            expected -= piece.photos


@dataclass(frozen=True, slots=True)
class LoadTexts:
    """The options that describe a load, as they were typed; empty if they were not."""

    rate: str = ""
    ramp: str = ""
    per_day: str = ""
    duration: str = ""  #: --for
    bursts: Sequence[str] = ()


def read_load(texts: LoadTexts) -> OfferedLoad:
    """Return the load that the options describe; `ForecastError` says what is wrong with them."""
    given = [name for name in ("rate", "ramp", "per_day") if getattr(texts, name)]
    if len(given) > 1:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise ForecastError(f"{options} describe two loads: give one of them")
    if not given and not texts.bursts:
        raise ForecastError("which load? --rate 200 --for 30m, --ramp 0..500/10m, --per-day 1000000 or --burst 500@1m")
    span = span_s(texts.duration, "--for") if texts.duration else 0.0
    pieces = _pieces(texts, span)
    bursts = tuple(_burst(text) for text in texts.bursts)
    words = [f"--{name.replace('_', '-')} {getattr(texts, name)}" for name in given]
    words += [f"--for {texts.duration}"] if texts.duration else []
    words += [f"--burst {text}" for text in texts.bursts]
    load = OfferedLoad(pieces, bursts, " ".join(words))
    if not 1 <= load.photos <= MOST_PHOTOS:
        raise ForecastError(f"{load.text}: these are {load.photos:,.0f} photos; choose from 1 to {MOST_PHOTOS:,}")
    return load


def _pieces(texts: LoadTexts, span: float) -> tuple[Piece, ...]:
    if texts.rate:
        rate = number(texts.rate, "--rate", cure="write photos a second, as 200")
        return (Piece(0.0, span or DEFAULT_SPAN_S, rate, rate),)
    if texts.ramp:
        return _ramp(texts.ramp, span)
    if texts.per_day:
        return _day(number(texts.per_day, "--per-day", cure="write photos a day, as 1000000"), span or UNITS_S["d"])
    return (Piece(0.0, span, 0.0, 0.0),) if span else ()


def _ramp(text: str, span: float) -> tuple[Piece, ...]:
    """Read FIRST..LAST/TIME; the last rate holds until the end of --for."""
    rates, _, length = text.partition("/")
    first, dots, last = rates.partition("..")
    cure = "write it as 0..500/10m: from 0 to 500 photos a second in ten minutes"
    if not dots or not length:
        raise ForecastError(f"--ramp {text}: {cure}")
    low, high, end = (number(first, "--ramp", cure=cure), number(last, "--ramp", cure=cure), span_s(length, "--ramp"))
    if span and span < end:
        raise ForecastError(
            f"--for {span_text(span)} ends before the ramp of {length}: leave --for out, or lengthen it"
        )
    ramp = Piece(0.0, end, low, high)
    return (ramp, Piece(end, span, high, high)) if span > end else (ramp,)


def _day(photos: float, span: float) -> tuple[Piece, ...]:
    """Return the hours of days with so many photos each, up to `span`; the rate changes evenly between half hours."""
    hour, total = UNITS_S["h"], sum(DAY)
    rates = [photos * weight / total / hour for weight in DAY]
    pieces = []
    start = 0.0
    while start < span:
        position = int(start // hour)
        first, last = (_between(rates, position), _between(rates, position + 1))
        middle = rates[position % 24] * 2 - (first + last) / 2  # so that the hour has its share of the photos
        half = Piece(start, start + hour / 2, first, max(0.0, middle))
        pieces += [half, Piece(half.end_s, start + hour, half.last_rate, last)]
        start += hour
    return tuple(_cut(piece, span) for piece in pieces if piece.start_s < span)


def _between(rates: Sequence[float], position: int) -> float:
    """Return the rate at the moment between two hours."""
    return (rates[(position - 1) % 24] + rates[position % 24]) / 2


def _cut(piece: Piece, span: float) -> Piece:
    if piece.end_s <= span:
        return piece
    part = (span - piece.start_s) / (piece.end_s - piece.start_s)
    return Piece(piece.start_s, span, piece.first_rate, piece.first_rate + part * (piece.last_rate - piece.first_rate))


def _burst(text: str) -> Burst:
    count, at, moment = text.partition("@")
    if not at:
        raise ForecastError(f"--burst {text}: write it as 500@5m: 500 photos at once, five minutes after the start")
    photos = number(count, "--burst", cure="write a whole number of photos, as 500@5m", low=1)
    return Burst(0.0 if moment in ("0", "0s") else span_s(moment, "--burst"), int(photos))
