"""The file of the embedded queues holds people's messages."""

import stat
from pathlib import Path

from emulator.queues.embedded.queue_store import QueueStore


def test_only_its_owner_may_read_the_queues(tmp_path: Path) -> None:
    """Also a file that was open to everybody before, and what SQLite puts beside it."""
    path = tmp_path / "queues.sqlite"
    path.touch(mode=0o644)
    store = QueueStore(path)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    store.close()
    assert "queues.sqlite" in modes
    assert set(modes.values()) == {0o600}, modes
