"""The file of the embedded queue: who may use it, what it keeps, and a disk that is full."""

import asyncio
import contextlib
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from emulator.aws.arns import Arns
from emulator.queues.embedded import opening, queue_store
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.opening import open_queues
from emulator.queues.embedded.queue_store import QueueStore, QueueStoreError
from emulator.queues.embedded.rows import Rows
from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs

Program = Callable[[VirtualSqs], Coroutine[Any, Any, Any]]


@contextlib.asynccontextmanager
async def opened(file: Path) -> AsyncIterator[VirtualSqs]:
    async with open_queues(file, Arns()) as sqs:
        yield VirtualSqs(sqs)


def run(file: Path, *programs: Program) -> None:
    """Run each program with the queues of the file, which is opened anew for each."""

    async def all_of_them() -> None:
        for program in programs:
            async with opened(file) as sqs:
                await program(sqs)

    asyncio.run(all_of_them())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queues" / "queues.sqlite"


def test_a_message_is_kept_with_everything_that_it_has(file: Path) -> None:
    attributes = {
        "text": {"DataType": "String", "StringValue": "ä€😀"},
        "bytes": {"DataType": "Binary.png", "BinaryValue": bytes(range(256))},
    }
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    seen: list[dict[str, Any]] = []

    async def send(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="0")
        await sqs.send(
            "q", "body ä€😀\n", MessageAttributes=attributes, MessageSystemAttributes=header, MessageGroupId="g"
        )
        seen.extend(await sqs.receive("q"))

    async def look(sqs: VirtualSqs) -> None:
        seen.extend(await sqs.receive("q"))

    run(file, send, look)
    before, after = seen
    assert before["Attributes"].pop("ApproximateReceiveCount") == "1"
    assert after["Attributes"].pop("ApproximateReceiveCount") == "2"
    assert before.pop("ReceiptHandle") != after.pop("ReceiptHandle")
    assert before == after
    assert after["MessageAttributes"] == attributes


def test_a_message_in_flight_stays_hidden_and_its_handle_stays_valid(file: Path) -> None:
    handles: list[str] = []

    async def receive(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="600")
        await sqs.send("q", "a", "b")
        handles.extend(message["ReceiptHandle"] for message in await sqs.receive("q", 1))

    async def delete(sqs: VirtualSqs) -> None:
        assert await sqs.counts("q") == (1, 1, 0)
        assert await sqs.bodies("q") == ["b"]
        await sqs.call("DeleteMessage", "q", ReceiptHandle=handles[0])
        assert await sqs.counts("q") == (0, 1, 0)

    run(file, receive, delete)


def test_a_duplicate_is_known_after_a_new_start(file: Path) -> None:
    sent: list[str] = []

    async def send(sqs: VirtualSqs) -> None:
        await sqs.create("q.fifo", ContentBasedDeduplication="true")
        sent.extend(await sqs.send("q.fifo", "a", MessageGroupId="g"))

    run(file, send, send)
    assert sent[0] == sent[1]


def test_only_its_user_can_read_the_file(file: Path) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        await sqs.send("q", "a")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
        assert set(modes) >= {"queues.sqlite", "queues.sqlite-wal"}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    run(file, program)


def test_a_second_emulator_is_told_who_uses_the_file_and_what_to_do(file: Path) -> None:
    async def program(_sqs: VirtualSqs) -> None:
        with pytest.raises(QueueStoreError, match=r"in use by another emulator \(process \d+\): .*--queues"):
            async with opened(file):
                pass

    run(file, program)


def test_a_file_that_is_damaged_is_named_and_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database" * 1000)

    async def program(_sqs: VirtualSqs) -> None:
        raise AssertionError

    with pytest.raises(QueueStoreError, match=r"cannot be read .* move .*queues\.sqlite elsewhere"):
        run(file, program)
    assert file.read_bytes() == b"no database" * 1000


@pytest.mark.parametrize("moment", ["_open", "recover"])
def test_a_full_disk_at_the_start_is_no_reason_to_begin_with_empty_queues(
    file: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cure would lose what is in the file; that the disk is full may be seen after it was opened, too."""

    def fail(*_values: object, **_options: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    async def program(_sqs: VirtualSqs) -> None:
        raise AssertionError

    monkeypatch.setattr(queue_store if moment == "_open" else opening, moment, fail)
    with pytest.raises(QueueStoreError, match=r"\(database or disk is full\): make room on its disk") as refused:
        run(file, program)
    assert "empty" not in str(refused.value)


def full(sqs: VirtualSqs) -> sqlite3.Connection:
    """Let the file not grow any more, as on a full disk; return its connection."""
    store: QueueStore = sqs.sqs._storage._store  # type: ignore[attr-defined]
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count={pages}")
    return store._db


def test_a_full_disk_refuses_a_send_and_the_queue_goes_on_when_there_is_room(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        await sqs.send("q", "small")
        database = full(sqs)
        for _ in range(2):
            with pytest.raises(SqsError, match="make room on its disk") as refused:
                await sqs.send("q", "x" * 500_000)
            assert refused.value.code == "ServiceUnavailable"
            assert not refused.value.sender_fault
        assert "the queues take no messages" in caplog.text
        database.execute("PRAGMA max_page_count=1000000")
        await sqs.send("q", "after")
        assert "after" in [one.body for one in await sqs.sqs.peek("q")]

    async def later(sqs: VirtualSqs) -> None:
        bodies = [one.body for one in await sqs.sqs.peek("q")]
        assert bodies[0] == "small"
        assert bodies[-1] == "after"
        assert len(bodies) <= 3, "the send that was refused first may have come; its retries have not"

    run(file, program, later)


def test_a_call_is_answered_when_its_change_is_in_the_file_and_not_before(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens the file at the moment of the answer finds the message."""

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        for n in range(20):
            await sqs.send("q", str(n))
            with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as reader:
                assert reader.execute("SELECT count(*) FROM messages").fetchone() == (n + 1,)

    run(file, program)


def test_a_receive_that_is_cancelled_while_it_is_stored_has_taken_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="600")
        await sqs.send("q", "a")
        poll = asyncio.ensure_future(sqs.receive("q"))
        await asyncio.sleep(0)  # the message is taken, and the store has not written it
        assert [one.state for one in await sqs.sqs.peek("q")] == ["in flight"]
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        assert poll.cancelled()

    async def later(sqs: VirtualSqs) -> None:
        (message,) = await sqs.receive("q")
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"

    run(file, program, later)


def test_calls_at_the_same_time_are_written_in_few_groups(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    write = QueueStore.write

    def counted(store: QueueStore, rows: Rows) -> None:
        groups.append(len(rows.messages))
        write(store, rows)

    monkeypatch.setattr(QueueStore, "write", counted)

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        sends = [sqs.send("q", str(n)) for n in range(200)]
        await asyncio.gather(*sends)

    run(file, program)
    assert sum(groups) == 200
    assert len(groups) <= 4
