"""Writes the figures as a Markdown table, and names the rows that facepipe does not win."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from facepipe.bench.peers.peer_rows import ROWS, PeerRow
from facepipe.bench.peers.topic_result import TopicResult

NOT_OFFERED, FAILED = "–", "fails"
LONGEST = 200  #: characters of a problem


@dataclass(frozen=True, slots=True)
class Column:
    """What was found of one peer."""

    name: str
    version: str = ""
    unavailable: str = ""  #: why it could not be measured; empty if it was
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)  #: row → one value for each round
    problems: Mapping[str, str] = field(default_factory=dict)  #: group → why its rows have no value
    parts: Mapping[str, Sequence[float]] = field(default_factory=dict)  #: part → milliseconds of a request
    checks: Sequence[TopicResult] = ()
    lacks: str = ""  #: why it has not all rows; empty if it has

    def median(self, row: PeerRow) -> float | None:
        """Return the median of the rounds; None if there is no value."""
        values = self.values.get(row.id)
        return statistics.median(values) if values else None


def table(columns: Sequence[Column], *, without: str) -> str:
    """Return the table, the best value of each row in bold; the column `without` is shown and not compared."""
    shown = [column for column in columns if not column.unavailable]
    rows = [
        row for row in ROWS if any(column.median(row) is not None or row.group in column.problems for column in shown)
    ]
    titles = [f"{column.name} {column.version}".strip() for column in shown]
    lines = _head(["", ""], titles)
    for row in rows:
        best = best_of(row, [column for column in shown if column.name != without])
        cells = [_cell(row, column, best) for column in shown]
        lines.append(_line([row.title, row.unit, *cells]))
    return "\n".join(lines) + "\n"


def notes(columns: Sequence[Column]) -> Iterator[str]:
    """Yield a line for each peer that could not be had or has not all rows, and for each row that failed."""
    for column in columns:
        if column.unavailable:
            yield f"{column.name} could not be had here: {column.unavailable}"
        elif column.lacks:
            yield f"{column.name}: {column.lacks}"
        for group, problem in column.problems.items():
            yield f"{column.name} has no figures of {group}: {_plain(problem)}"


def parts_table(columns: Sequence[Column]) -> str:
    """Return the processor time of a request of two stages, by part."""
    shown = [column for column in columns if column.parts]
    parts = list(dict.fromkeys(part for column in shown for part in column.parts))
    lines = _head(["processor time, ms"], [column.name for column in shown])
    for part in parts:
        cells = [f"{statistics.median(column.parts[part]):.1f}" if part in column.parts else "" for column in shown]
        lines.append(_line([part, *cells]))
    return "\n".join(lines) + "\n"


def checks_table(columns: Sequence[Column]) -> str:
    """Return how many cases of each topic are as on AWS."""
    shown = [column for column in columns if column.checks]
    names = list(dict.fromkeys(result.topic for column in shown for result in column.checks))
    lines = _head(["as on AWS"], [column.name for column in shown])
    for name in names:
        found = [next((str(one) for one in column.checks if one.topic == name), NOT_OFFERED) for column in shown]
        lines.append(_line([name, *found]))
    return "\n".join(lines) + "\n"


def wrong(columns: Sequence[Column]) -> Iterator[str]:
    """Yield a line for each case that a peer gets wrong."""
    for column in columns:
        for result in column.checks:
            for says, problem in result.wrong.items():
                yield f"{column.name}, {says}: {_plain(problem)}"


def lost(columns: Sequence[Column], own: str, peers: Sequence[str]) -> Iterator[str]:
    """Yield a line for each row in which a peer is better than facepipe."""
    mine = next((column for column in columns if column.name == own), Column(own))
    others = [column for column in columns if column.name in peers]
    for row in ROWS:
        value, best = mine.median(row), best_of(row, others)
        if value is None or best is None or _is_as_good(row, value, best):
            continue
        winner = next(column.name for column in others if column.median(row) == best)
        yield f"{row.title}: {own} {formatted(row, value)}, {winner} {formatted(row, best)} {row.unit}"


def best_of(row: PeerRow, columns: Sequence[Column]) -> float | None:
    """Return the best value of a row; None if no column has one."""
    values = [value for column in columns if (value := column.median(row)) is not None]
    return (max(values) if row.more_is_better else min(values)) if values else None


def formatted(row: PeerRow, value: float) -> str:
    """Return a value with about three digits."""
    if row.unit == "/s" or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if row.unit == "s" and value < 10 else f"{value:.1f}"


def _is_as_good(row: PeerRow, value: float, best: float) -> bool:
    return value >= best if row.more_is_better else value <= best


def _plain(text: str) -> str:
    """Return a text of a server as code on one line of Markdown."""
    line = " ".join(text.replace("`", "'").split())
    return f"`{line if len(line) <= LONGEST else line[:LONGEST] + ' …'}`"


def _cell(row: PeerRow, column: Column, best: float | None) -> str:
    value = column.median(row)
    if value is None:
        return FAILED if row.group in column.problems else NOT_OFFERED
    text = formatted(row, value)
    return f"**{text}**" if value == best else text


def _head(first: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Return the first two lines of a table, whose columns of numbers are aligned at the right."""
    rules = ["---"] * len(first) + ["---:"] * len(numbers)
    return [_line([*first, *numbers]), _line(rules)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
