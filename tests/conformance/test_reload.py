"""Saved files take effect while the emulator runs: the functions are processes, the files are real."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulator.app import Emulator
from emulator.project.plans import ProjectError
from emulator.project.pythons import Interpreter
from emulator.project.virtual_environments import VirtualEnvironments
from emulator.settings import Settings
from tests.projects import call, function, project, write

ANSWER = "def handler(event, context):\n    return {answer!r}\n"
SLOW = "import time\ndef handler(event, context):\n    time.sleep(1)\n    return 'as it began'\n"
RELOADED = "one: reloaded"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "added"}}


class Loop:
    """A project whose files are followed, and the log that its author sees."""

    def __init__(self, folder: Path, emulator: Emulator, log: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.emulator = emulator
        self.log = log

    def log_has(self, text: str) -> bool:
        return any(text in record.getMessage() for record in self.log.records)

    async def after(self, save: Callable[[], object], *says: str) -> None:
        """Save, and wait until the log says that it has taken effect."""
        self.log.clear()
        save()
        await self.until(*says)

    async def until(self, *says: str) -> None:
        """Wait until the log has these texts."""
        async with asyncio.timeout(240):
            while not all(map(self.log_has, says)):
                await asyncio.sleep(0.01)

    async def save(self, name: str, code: str) -> None:
        await self.after(lambda: write(self.folder, name, code), f"{name}: reloaded, because {name}/app.py was saved")

    async def apply(self, resources: dict[str, Any] | str, says: str) -> None:
        text = resources if isinstance(resources, str) else json.dumps({"Resources": resources})
        await self.after(lambda: (self.folder / "template.yaml").write_text(text), says)

    async def answer(self, name: str) -> Any:
        return json.loads((await call(self.emulator, name)).payload)

    async def problems(self) -> list[str]:
        """What `/health` says is wrong with the code."""
        async with aiohttp.request("GET", f"http://127.0.0.1:{self.emulator.settings.ports.api}/health") as response:
            problems = (await response.json()).get("problems", {})
            return [text for texts in problems.values() for text in texts]


@asynccontextmanager
async def following(folder: Path, log: pytest.LogCaptureFixture, resources: dict[str, Any]) -> AsyncIterator[Loop]:
    log.set_level(logging.INFO)
    async with project(folder, resources, Settings(watch=True)) as emulator:
        yield Loop(folder, emulator, log)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario())


def test_a_call_after_the_log_said_so_runs_the_new_code_and_calls_in_flight_end_as_they_began(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", SLOW)
        async with following(tmp_path, caplog, {"One": function("one", Timeout=30)}) as loop:
            slow = asyncio.ensure_future(call(loop.emulator, "one"))
            await asyncio.sleep(0)
            await loop.save("one", ANSWER.format(answer="0"))
            for number in range(1, 6):  # of one length, within a second: bytecode by the second would be mistaken
                assert await loop.answer("one") == str(number - 1)
                await loop.save("one", ANSWER.format(answer=str(number)))
            assert await loop.answer("one") == "5"
            assert json.loads((await slow).payload) == "as it began"

    run(scenario)


def test_mistakes_are_told_at_once_and_to_callers_as_lambda_tells_them_until_they_are_mended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", ANSWER.format(answer="good"))
        async with following(tmp_path, caplog, {"One": function("one", Timeout=30)}) as loop:
            broken = "def handler(event, context:\n    return 1\n"
            says = "one: one/app.py, line 1: SyntaxError: '(' was never closed: def handler(event, context:"
            await loop.after(lambda: write(tmp_path, "one", broken), says, RELOADED)
            failed = await loop.answer("one")
            assert failed["errorType"] == "Runtime.UserCodeSyntaxError"
            assert any("one/app.py, line 1: SyntaxError" in problem for problem in await loop.problems())

            says = "one: one/app.py, line 1: No module named 'nowhere_at_all': import nowhere_at_all"
            await loop.after(lambda: write(tmp_path, "one", "import nowhere_at_all\n"), says, RELOADED)
            failed = await loop.answer("one")
            assert failed["errorType"] == "Runtime.ImportModuleError"
            assert failed["errorMessage"] == "Unable to import module 'app': No module named 'nowhere_at_all'"

            says = f"the init phase failed (ValueError: not so at {tmp_path}/one/app.py, line 1)"
            await loop.after(lambda: write(tmp_path, "one", "raise ValueError('not so')\n"), says)
            assert any("ValueError: not so" in problem for problem in await loop.problems())

            await loop.save("one", ANSWER.format(answer="mended"))
            assert await loop.answer("one") == "mended"
            assert await loop.problems() == []

    run(scenario)


def test_a_file_that_no_function_imports_may_need_packages_that_are_not_here(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", ANSWER.format(answer="good"))
        (tmp_path / "one/another_backend.py").write_text("import nowhere_at_all\n")
        (tmp_path / "one/broken.py").write_text("return 1\n")
        async with following(tmp_path, caplog, {"One": function("one", Timeout=30)}) as loop:
            await loop.until("one: one/broken.py, line 1: SyntaxError")
            assert "nowhere_at_all" not in caplog.text

    run(scenario)


def test_a_changed_template_is_applied_and_an_invalid_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", ANSWER.format(answer="one"))
        write(tmp_path, "two", ANSWER.format(answer="two"))
        one = {"One": function("one")}
        async with following(tmp_path, caplog, one) as loop:
            wrong = {"One": function("one", Timeout=0), "Queue": {**QUEUE, "Properties": {"DelaySeconds": -1}}}
            await loop.apply(
                wrong, "template.yaml was saved with mistakes and is not applied: everything runs as before"
            )
            assert loop.log_has("Resources.One.Properties.Timeout")
            assert loop.log_has("Resources.Queue.Properties.DelaySeconds"), "all problems at once"
            await loop.apply("{", "everything runs as before")
            assert await loop.answer("one") == "one"

            more = {**one, "Two": function("two"), "Queue": QUEUE}
            await loop.apply(more, "template.yaml was saved and is applied: added: queue added; added: function two")
            assert await loop.answer("two") == "two"
            await loop.save("two", ANSWER.format(answer="two, saved"))
            assert await loop.answer("two") == "two, saved"
            await loop.apply(one, "removed: queue added (it keeps its messages); removed: function two")
            assert list(loop.emulator.stack.functions) == ["one"]

    run(scenario)


def test_a_function_that_writes_into_its_folder_in_each_call_is_reloaded_a_few_times_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        code = "import pathlib, time\nCACHE = pathlib.Path(__file__).with_name('cache.json')\n"
        code += "def handler(event, context):\n    CACHE.write_text(str(time.time()))\n    return 'written'\n"
        write(tmp_path, "one", code)
        async with following(tmp_path, caplog, {"One": function("one")}) as loop:
            says = "one/cache.json changed again while the function worked: the function seems to have written it"
            async with asyncio.timeout(240):
                while not loop.log_has(says):
                    assert await loop.answer("one") == "written"
            await loop.save("one", ANSWER.format(answer="mine"))
            assert await loop.answer("one") == "mine"

    run(scenario)


def test_calls_go_on_while_the_packages_of_changed_requirements_are_installed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    installing, release, made = threading.Event(), threading.Event(), VirtualEnvironments.python

    def install(
        self: VirtualEnvironments, name: str, folder: Path, wanted: Sequence[Sequence[str]], on: Interpreter
    ) -> Path:
        if wanted and "broken" in (folder / "requirements.txt").read_text():
            raise ProjectError(f"{name}: its packages could not be installed")
        if wanted:
            installing.set()
            assert release.wait(60)
        return made(self, name, folder, [], on)

    async def scenario() -> None:
        write(tmp_path, "one", ANSWER.format(answer="before"))
        monkeypatch.setattr(VirtualEnvironments, "python", install)
        async with following(tmp_path, caplog, {"One": function("one")}) as loop:
            requirements = tmp_path / "one/requirements.txt"
            await loop.after(lambda: requirements.write_text("broken\n"), "could not be installed; it runs as before")
            assert await loop.answer("one") == "before"

            requirements.write_text("mended\n")
            assert await asyncio.to_thread(installing.wait, 60)
            assert await loop.answer("one") == "before"
            write(tmp_path, "one", ANSWER.format(answer="after"))
            await loop.after(release.set, "one: reloaded, because one/app.py was saved")
            assert await loop.answer("one") == "after"

    run(scenario)
