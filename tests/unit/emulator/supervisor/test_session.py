"""A supervisor's connection: what it says when it cannot do what it is told."""

import argparse
import asyncio
import json

import pytest

from emulator.supervisor import session
from emulator.supervisor.session import Session

CONFIGURE = {"type": "configure", "environment": {}, "timeout_s": 1, "init_s": 10}


def told(answer: dict, monkeypatch: pytest.MonkeyPatch, command: str = "/nowhere/command") -> list[dict]:
    """What a supervisor tells an emulator that answers its hello like this."""
    monkeypatch.setattr(session, "REFUSED_PAUSE_S", 0)
    options = argparse.Namespace(
        function="f",
        environment="e",
        rie="/nowhere/rie",
        listen="127.0.0.1",
        port=0,
        command=[command],
        token="t",
        token_file="",
        code_version="3f",
        extensions="",
    )

    async def run() -> list[dict]:
        lines: list[dict] = []

        async def emulator(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            lines.append(json.loads(await reader.readline()))
            writer.write(json.dumps(answer).encode() + b"\n")
            lines.extend([json.loads(line) async for line in reader])
            writer.close()

        server = await asyncio.start_server(emulator, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await Session(reader, writer).run(options)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        while asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.sleep(0)
        return lines

    return asyncio.run(run())


def test_a_supervisor_whose_code_was_changed_since_its_start_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [message["type"] for message in told({"type": "stop"}, monkeypatch)] == ["hello"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("engine", "missing"), [("rie", "/nowhere/rie"), ("runtime-api", "/nowhere/command")])
def test_a_command_that_is_not_there_is_told(engine: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hello, notice = told({**CONFIGURE, "engine": engine}, monkeypatch)
    assert hello == {"type": "hello", "function": "f", "environment": "e", "token": "t", "code_version": "3f"}
    assert notice["type"] == "notice"
    assert missing in notice["text"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"type": "refuse", "reason": "no function f"}, "the emulator refuses: no function f"),
        ({"type": "refuse", "reason": "no \x1b[31m\nsuch"}, "the emulator refuses: no \\x1b[31m\\nsuch"),
        ({**CONFIGURE, "engine": "wheel"}, "asks for engine 'wheel'; there are rie, runtime-api"),
    ],
)
def test_what_it_cannot_do_is_one_line(
    answer: dict, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert len(told(answer, monkeypatch)) == 1
    assert words in capsys.readouterr().err
