"""Whose program is at the other end of a connection; the kernel's tables are the real ones."""

import os
from pathlib import Path

import pytest

from emulator.edge.peer_owner import PeerOwner, owner_of
from emulator.supervisor import peer
from tests.unit.emulator.own_connections import own_connection

OTHER_MACHINE, OURS_OUTSIDE, OURS = ("192.0.2.7", 40_000), ("192.0.2.1", 9_001), ("127.0.0.1", 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_program_of_this_user_is_known_until_it_closes_its_connection(host: str) -> None:
    with own_connection(host) as (ends, client):
        assert owner_of(ends) is PeerOwner.THIS_USER
        client.close()
        assert owner_of(ends) is PeerOwner.GONE


@pytest.mark.parametrize(
    ("owners", "expected"),
    [([65534], PeerOwner.ANOTHER_USER), ([0], PeerOwner.THIS_USER), ([os.geteuid(), 65534], PeerOwner.ANOTHER_USER)],
)
def test_the_owner_of_the_socket_decides(
    monkeypatch: pytest.MonkeyPatch, owners: list[int], expected: PeerOwner
) -> None:
    monkeypatch.setattr("emulator.edge.peer_owner.owners_of", lambda _peer, _own: owners)
    assert owner_of((OURS, OURS)) is expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((OTHER_MACHINE, OURS_OUTSIDE), PeerOwner.ELSEWHERE),
        (None, PeerOwner.GONE),
        ((OURS_OUTSIDE, OURS), PeerOwner.GONE),
        ((("192.0.2.1", 2), OURS_OUTSIDE), PeerOwner.GONE),
        ((("127.0.0.9", 2), OURS), PeerOwner.GONE),
    ],
)
def test_who_closes_the_connection_on_this_machine_does_not_pass_for_another_machine(
    ends: tuple[tuple[str, int], tuple[str, int]] | None, expected: PeerOwner
) -> None:
    assert owner_of(ends) is expected


def test_a_system_without_a_table_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peer, "TABLE", str(tmp_path / "none"))
    assert owner_of((OURS, OURS)) is PeerOwner.UNKNOWN
