"""Measures one peer once: it is started for the first answer, and again for all other rows."""

import http.client
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.bench.peers.measured_peer import URLS, Peer, PeerError, PeerUnavailableError, RunningPeer, wait_for_answer
from facepipe.bench.peers.measured_project import first_answer_project, whole_project
from facepipe.bench.peers.notes import Notes, open_notes
from facepipe.bench.peers.peer_rows import COLD, PIPELINE, QUEUE, ROWS, START, TRIGGER, URL
from facepipe.bench.peers.pipeline_rows import pipeline_rows
from facepipe.bench.peers.queue_rows import queue_rows
from facepipe.bench.peers.trigger_rows import trigger_rows
from facepipe.bench.peers.url_rows import KB, cold_rows, url_rows
from facepipe.client.endpoints import EndpointError
from facepipe.elasticmq import ElasticMqError

FAILURES = (
    PeerError,
    ElasticMqError,
    EndpointError,
    PeerUnavailableError,
    ClientError,
    BotoCoreError,
    OSError,
    http.client.HTTPException,
)
Say = Callable[[str], None]


@dataclass
class RoundFigures:
    """What one round found of one peer."""

    peer: str
    values: dict[str, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  #: by groups of rows

    @contextmanager
    def noting_problems(self, *groups: str) -> Iterator[None]:
        """Keep a failure of the block as the problem of these groups."""
        try:
            yield
        except FAILURES as error:
            self.problems |= dict.fromkeys(groups, f"{type(error).__name__}: {error}")


def measure_round(peer: Peer, groups: Collection[str], folder: Path, say: Say) -> RoundFigures:
    """Measure the groups of rows that a peer can have."""
    figures = RoundFigures(peer.name)
    possible = [group for group in groups if any(row.group == group and row.needs in peer.offers for row in ROWS)]
    if START in possible:
        say(f"{peer.name}: {START}")
        with figures.noting_problems(START):
            figures.values["start"] = _first_answer_s(peer, emptied(folder))
    if others := [group for group in possible if group != START]:
        with figures.noting_problems(*others), _running(peer, emptied(folder)) as (running, notes):
            for group in others:
                say(f"{peer.name}: {group}")
                with figures.noting_problems(group):
                    _measure_group(group, running, notes, figures)
    return figures


@contextmanager
def _running(peer: Peer, folder: Path) -> Iterator[tuple[RunningPeer, Notes]]:
    """Run the whole project, and wait until it answers."""
    with open_notes() as notes, peer.running(whole_project(notes.address), folder) as running:
        if URLS in peer.offers:
            wait_for_answer(running.addresses["echo"], KB)
        yield running, notes


def _measure_group(group: str, running: RunningPeer, notes: Notes, figures: RoundFigures) -> None:
    if group == PIPELINE:
        rows, figures.parts = pipeline_rows(running)
    elif group == TRIGGER:
        rows = trigger_rows(running, notes)
    else:
        rows = {URL: url_rows, COLD: cold_rows, QUEUE: queue_rows}[group](running)
    figures.values |= rows


def _first_answer_s(peer: Peer, folder: Path) -> float:
    began = time.perf_counter()
    with peer.running(first_answer_project(), folder) as running:
        return wait_for_answer(running.addresses["echo"], KB) - began


def emptied(folder: Path) -> Path:
    """Make a folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
