"""The keeper of payloads, with a disk that is full for a while."""

import asyncio

import pytest

from emulator.payloads.payload_keeper import PayloadKeeper
from emulator.payloads.payload_store import MEMORY, KeptPayload, PayloadRole, PayloadStore


def test_a_full_disk_is_told_once_and_when_there_is_room_again(caplog: pytest.LogCaptureFixture) -> None:
    async def program() -> list[str]:
        keeper = PayloadKeeper(PayloadStore(MEMORY))
        pages = keeper.store._db.execute("PRAGMA page_count").fetchone()[0]
        keeper.store._db.execute(f"PRAGMA max_page_count={pages}")
        for key in ("a", "b"):
            keeper._add(KeptPayload(PayloadRole.MESSAGE, "jobs", key, b"x" * 500_000))
            await keeper.flush()
        keeper.store._db.execute("PRAGMA max_page_count=1000000")
        keeper._add(KeptPayload(PayloadRole.MESSAGE, "jobs", "c", b"x"))
        kept = await keeper.ask(lambda store: [found.key for found in store.find(["a", "b", "c"], [], [])])
        keeper.close()
        return kept

    assert asyncio.run(program()) == ["c"]
    first, last = [record.getMessage() for record in caplog.records]
    assert first.startswith(
        "the console's file cannot be written (database or disk is full), and its payloads are lost"
    )
    assert first.endswith(": make room on its disk")
    assert last == "the console's file can be written again; 2 of its payloads are lost"
