"""Which processes a supervisor's session has."""

import builtins
import subprocess
from typing import Any

import pytest

from emulator.supervisor.processes import ProcessSession

SHELL = "sleep 60 & echo first; read go; sleep 60 & echo second; wait"


def test_children_are_members_also_those_that_come_later() -> None:
    with subprocess.Popen(
        ["sh", "-c", SHELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdin
        assert process.stdout
        session = ProcessSession(process.pid)
        try:
            assert process.stdout.readline() == "first\n"
            before = session.members()
            process.stdin.write("go\n")
            process.stdin.flush()
            assert process.stdout.readline() == "second\n"
            after = session.members()
        finally:
            for pid in session.members():
                subprocess.run(["kill", "-9", str(pid)], check=False)
    assert process.pid in before
    assert len(before) == 2
    assert set(before) < set(after)
    assert len(after) == 3


def test_processes_of_other_sessions_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session, opened, really_open = ProcessSession(-1), list[str](), builtins.open

    def counted(file: Any, *arguments: Any, **options: Any) -> Any:
        opened.append(str(file))
        return really_open(file, *arguments, **options)

    monkeypatch.setattr(builtins, "open", counted)
    session.members()
    first = len(opened)
    session.members()
    assert first > 1
    assert len(opened) - first < first / 2, "only processes that are new, or had just ended"
