"""`facepipe bench peers`: installs the peers, measures them in turns, and writes the figures."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console

from facepipe.bench.machine import describe
from facepipe.bench.peers.checks import check
from facepipe.bench.peers.known_peers import LEAST, OWN, known_peers
from facepipe.bench.peers.measured_peer import Peer, PeerUnavailableError
from facepipe.bench.peers.peer_round import RoundFigures, Say, emptied, measure_round
from facepipe.bench.peers.peer_rows import CHECKS, GROUPS
from facepipe.bench.peers.peers_table import Column, checks_table, lost, notes, parts_table, table, wrong
from facepipe.bench.report import write
from facepipe.paths import Paths


class UnknownNameError(ValueError):
    """A peer or a group of rows does not exist; the message lists those that do."""


@dataclass(frozen=True, slots=True)
class PeersBenchOptions:
    """What is measured, and where the figures go."""

    peers: tuple[str, ...] = ()  #: (): all
    groups: tuple[str, ...] = ()  #: of rows; (): all
    rounds: int = 3
    output: Path = Path("peers.json")


def bench_peers(paths: Paths, options: PeersBenchOptions, console: Console) -> None:
    """Measure, print the table, and write JSON and Markdown. Raises `UnknownNameError`."""
    machine = describe(paths.root)
    known = known_peers(paths.var)
    peers = [known[name] for name in chosen(options.peers, list(known), "peer")]
    groups = chosen(options.groups, GROUPS, "group of rows")

    def say(text: str) -> None:
        console.print(text, style="dim", highlight=False, soft_wrap=True)

    versions, reasons = _prepared(peers, say)
    measured = [peer for peer in peers if peer.name in versions]
    rounds = [
        figures
        for number in range(options.rounds)
        for figures in _round(in_turn(measured, number), groups, paths.var / "peers/projects", say)
    ]
    columns = [replace(column_of(peer.name, versions, reasons, rounds), lacks=peer.lacks) for peer in peers]
    if CHECKS in groups:
        columns = [_checked(known[one.name], one, paths.var / "peers/projects", say) for one in columns]
    text = page(columns)
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    content = {
        "bench": "peers",
        "machine": machine,
        "options": asdict(options),
        "columns": [asdict(one) for one in columns],
    }
    write(json.loads(json.dumps(content, default=str)), options.output)
    options.output.with_suffix(".md").write_text(text, encoding="utf-8")
    say(f"result: {options.output} and {options.output.with_suffix('.md').name}")


def chosen(wanted: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    """Return the names that are wanted, or all. Raises `UnknownNameError`."""
    for name in wanted:
        if name not in known:
            raise UnknownNameError(f"there is no {what} {name!r}; there are {', '.join(known)}")
    return [name for name in known if name in wanted or not wanted]


def in_turn(peers: Sequence[Peer], number: int) -> list[Peer]:
    """Return the peers in the order of a round: each round begins with another."""
    first = number % len(peers) if peers else 0
    return [*peers[first:], *peers[:first]]


def column_of(name: str, versions: dict[str, str], reasons: dict[str, str], rounds: Sequence[RoundFigures]) -> Column:
    """Put a peer's rounds together."""
    values, parts, problems = dict[str, list[float]](), dict[str, list[float]](), dict[str, str]()
    for figures in rounds:
        if figures.peer == name:
            for row, value in figures.values.items():
                values.setdefault(row, []).append(value)
            for part, value in figures.parts.items():
                parts.setdefault(part, []).append(value)
            problems |= figures.problems
    return Column(name, versions.get(name, ""), reasons.get(name, ""), values, problems, parts)


def page(columns: Sequence[Column]) -> str:
    """Return everything that is said about the figures, in Markdown."""
    others = [column.name for column in columns if column.name not in (*OWN, LEAST)]
    losses = [f"* {line}" for line in lost(columns, OWN[0], others)]
    wrongs = [f"* {line}" for line in wrong(columns)]
    remarks = [f"* {line}" for line in notes(columns)]
    lines = [table(columns, without=LEAST)] if any(column.values or column.problems for column in columns) else []
    lines += [parts_table(columns)] if any(column.parts for column in columns) else []
    lines += [checks_table(columns)] if any(column.checks for column in columns) else []
    for title, members in (("A peer is better in:", losses), ("Wrong:", wrongs), ("Remarks:", remarks)):
        lines += [title, "", *members, ""] if members else []
    return "\n".join(lines)


def _checked(peer: Peer, column: Column, folder: Path, say: Say) -> Column:
    """Return the column with what the peer gets wrong."""
    if column.unavailable or peer.name == LEAST:
        return column
    say(f"{peer.name}: {CHECKS}")
    figures = RoundFigures(peer.name)
    with figures.noting_problems(CHECKS):
        return replace(column, checks=check(peer, emptied(folder / peer.name)))
    return replace(column, problems={**column.problems, **figures.problems})


def _prepared(peers: Sequence[Peer], say: Say) -> tuple[dict[str, str], dict[str, str]]:
    """Return the versions of the peers that can be had, and why the others cannot."""
    versions, reasons = dict[str, str](), dict[str, str]()
    for peer in peers:
        say(f"{peer.name}: preparing")
        try:
            versions[peer.name] = peer.prepare()
        except PeerUnavailableError as error:
            reasons[peer.name] = str(error)
            say(f"{peer.name} could not be had here: {error}")
    return versions, reasons


def _round(peers: Sequence[Peer], groups: Sequence[str], folder: Path, say: Say) -> list[RoundFigures]:
    return [measure_round(peer, groups, folder / peer.name, say) for peer in peers]
