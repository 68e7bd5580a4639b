"""Every command of the pages is one that the program understands, and is run by a test or listed with a reason."""

from pathlib import Path
from typing import Any

import pytest
import typer

from facepipe.__main__ import program
from tests.documented_commands import NOT_RUN, PROGRAM, ROOT, RUN_BY, DocumentedCommand, documented_commands

COMMANDS = list(documented_commands())


def test_the_pages_have_commands() -> None:
    assert len(COMMANDS) > 80


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.words[0] == PROGRAM], ids=lambda command: command.place
)
def test_the_program_understands_it(
    command: DocumentedCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    verb: Any = typer.main.get_command(program())
    arguments = list(command.words[1:])
    while hasattr(verb, "commands") and arguments and not arguments[0].startswith("-"):
        name = arguments.pop(0)
        assert name in verb.commands, command.place
        verb = verb.commands[name]
    if "--help" not in arguments:
        verb.make_context(command.text, arguments)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.place)
def test_it_is_run_by_a_test_or_listed_with_a_reason(command: DocumentedCommand) -> None:
    known = [
        key for key in (*RUN_BY, *NOT_RUN) if f"{command.text} ".startswith(f"{key} ") or command.text.startswith(key)
    ]
    assert known, f"{command.place}: add it to tests/documented_commands.py"


def test_the_lists_name_tests_that_exist_and_commands_of_the_pages() -> None:
    assert {path for path in RUN_BY.values() if not (ROOT / path).is_file()} == set()
    unused = {key for key in (*RUN_BY, *NOT_RUN) if not any(command.text.startswith(key) for command in COMMANDS)}
    assert unused == set(), "take out of tests/documented_commands.py what no page has"
