"""What a kill, a stop and a new start leave of the journal."""

import os
from pathlib import Path

import httpx

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.kept_places import JournalPlace
from emulator.settings import Settings
from facepipe.client.endpoints import sqs_client
from facepipe.local_pipeline import running
from tests.conformance.conftest import OBEY, Tiny
from tests.conformance.test_journal import ask, facepipe


def test_a_restart_keeps_the_journal_and_no_journal_keeps_nothing(rie: Path, tmp_path: Path) -> None:
    place = JournalPlace(tmp_path / "journal.sqlite")
    settings = Settings(OBEY, environments=Limits(1), ports=free_ports(), journal=place)
    with running(settings, tmp_path / "first.log") as stack:
        Tiny(stack, sqs_client(stack.endpoints)).obey(do="well", request_id="before")
        os.kill(stack.process.pid, 9)  # not even a goodbye
        stack.process.wait()
    # what is written every quarter of a second may be missing after that; what an orderly stop writes may not
    with running(settings, tmp_path / "second.log") as stack:
        Tiny(stack, sqs_client(stack.endpoints)).obey(do="well", request_id="ordered")
    with running(settings, tmp_path / "third.log") as stack:
        answer = httpx.get(f"{stack.endpoints.api}/trace/ordered", timeout=60)
        assert answer.status_code == 200
        assert "is damaged" not in (tmp_path / "third.log").read_text()
    off = Settings(OBEY, environments=Limits(1), ports=free_ports(), journal=JournalPlace(off=True))
    with running(off, tmp_path / "off.log") as stack:
        tiny = Tiny(stack, sqs_client(stack.endpoints))
        assert tiny.obey(do="well", request_id="unseen").status_code == 200
        assert "--no-journal" in facepipe(tiny, "trace", "unseen").stderr
        assert "--no-journal" in facepipe(tiny, "stats").stderr
        assert ask(tiny, "/metrics").status_code == 200
