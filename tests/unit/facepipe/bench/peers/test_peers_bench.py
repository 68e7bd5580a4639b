from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from facepipe.bench.peers.check_cases import ERRORS, LARGE, TOPICS, own_cases, topics, topics_without_queues
from facepipe.bench.peers.known_peers import known_peers
from facepipe.bench.peers.measured_peer import QUEUES, TRIGGERS, URLS, PeerError
from facepipe.bench.peers.notes import open_notes
from facepipe.bench.peers.part_times import merged
from facepipe.bench.peers.peer_round import RoundFigures
from facepipe.bench.peers.peer_rows import GROUPS, ROWS
from facepipe.bench.peers.peers_bench import UnknownNameError, chosen, column_of, in_turn


def test_names_that_are_chosen_keep_the_usual_order() -> None:
    assert chosen(["b", "a"], ["a", "b", "c"], "peer") == ["a", "b"]
    assert chosen([], ["a", "b"], "peer") == ["a", "b"]


def test_a_name_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownNameError, match=r"there is no peer 'd'; there are a, b"):
        chosen(["d"], ["a", "b"], "peer")


def test_each_round_begins_with_another_peer() -> None:
    peers: Any = [SimpleNamespace(name=name) for name in "abc"]
    assert ["".join(peer.name for peer in in_turn(peers, number)) for number in range(4)] == [
        "abc",
        "bca",
        "cab",
        "abc",
    ]


def test_the_rounds_of_a_peer_are_put_together() -> None:
    rounds = [
        RoundFigures("a", {"start": 1.0}, {"emulator": 5.0}),
        RoundFigures("b", {"start": 9.0}),
        RoundFigures("a", {"start": 2.0}, {}, {"url": "why"}),
    ]
    column = column_of("a", {"a": "1.2"}, {}, rounds)
    assert (column.version, column.values, column.parts) == ("1.2", {"start": [1.0, 2.0]}, {"emulator": [5.0]})
    assert column.problems == {"url": "why"}


def test_a_failure_is_kept_with_its_groups_and_a_mistake_of_ours_is_not() -> None:
    figures = RoundFigures("a")
    with figures.noting_problems("url", "cold"):
        raise PeerError("no answer")
    assert figures.problems == {"url": "PeerError: no answer", "cold": "PeerError: no answer"}
    with pytest.raises(ZeroDivisionError), figures.noting_problems("url"):
        raise ZeroDivisionError


def test_the_functions_of_a_pipeline_are_one_part() -> None:
    times = {"client": 1.0, "emulator": 2.0, "engines": 3.0, "first": 4.5, "second": 0.5}
    assert merged(times) == {"client": 1.0, "emulator": 2.0, "engines": 3.0, "functions": 5.0}


def test_notes_are_received_once_for_each_message() -> None:
    import json
    import socket

    with open_notes() as notes, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        host, port = notes.address.split(":")
        for told in ({"bodies": ["a", "other"], "at": 1.0}, {"bodies": ["a", "b"], "at": 2.0}):
            sender.sendto(json.dumps(told).encode(), (host, int(port)))
        assert notes.wait(["a", "b"], 5) == {"a": 1.0, "b": 2.0}
        with pytest.raises(PeerError, match=r"1 of 1 messages did not reach the function"):
            notes.wait(["c"], 0.01)


def test_every_case_of_a_topic_exists() -> None:
    found = topics()
    assert {topic: len(cases) for topic, cases in found.items()} == {
        topic: len(names) + sum(own == topic for own, _ in own_cases()) for topic, names in TOPICS.items()
    }


def test_a_peer_without_queues_has_the_cases_that_need_none() -> None:
    found = topics_without_queues()
    assert {topic: len(cases) for topic, cases in found.items()} == {LARGE: 2, ERRORS: len(TOPICS[ERRORS])}
    assert [case.id for cases in found.values() for case in cases if case.queues] == []


def test_a_peer_without_some_rows_says_why(tmp_path: Path) -> None:
    everything = {URLS, TRIGGERS, QUEUES}
    silent = [name for name, peer in known_peers(tmp_path).items() if peer.offers != everything and not peer.lacks]
    assert silent == []


def test_rows_and_peers_can_be_chosen_by_name(tmp_path: Path) -> None:
    assert {row.group for row in ROWS} < set(GROUPS)
    assert [name for name, peer in known_peers(tmp_path).items() if peer.name != name] == []
