"""External and internal extensions behind the Runtime API (RT-20), with a runtime and an extension of a few lines."""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.project.extension_files import extension_files, extensions_of_image
from tests.unit.emulator.supervisor.test_runtime_engine import Running, run, running

EXTENSION = Path(__file__).with_name("small_extension.py")
VARIABLES = {"AWS_LAMBDA_FUNCTION_NAME": "worker", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "_HANDLER": "app.handler"}
TRACE = "Root=1-5f35ae12-0c0fec141ab77a00bc047aa2;Parent=2be948a625588e32;Sampled=1"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:worker"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A folder with one extension, as /opt/extensions."""
    file = tmp_path / "watcher"
    file.write_text(f"#!{sys.executable} -S\n{EXTENSION.read_text()}")
    file.chmod(0o755)
    return str(tmp_path)


def events(it: Running) -> list[dict]:
    return [json.loads(line.partition(" ")[2]) for line in it.logged() if line.startswith("event ")]


def test_rt20_an_external_extension_is_told_of_calls_and_of_the_end(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables=VARIABLES) as it:
            ready = await it.emulator.hears("ready")
            assert ready["init_error"] == ""
            told = await it.emulator.hears("extension")
            assert (told["name"], told["events"], told["error_type"]) == ("watcher", ["INVOKE", "SHUTDOWN"], "")
            headers = {"Lambda-Runtime-Trace-Id": TRACE, "Lambda-Runtime-Invoked-Function-Arn": ARN}
            answer = await it.call("pid", "r-1", **headers)
            assert answer.headers["facepipe-outcome"] == "success"
        assert it.logged()[0] == (
            'registered {"functionName": "worker", "functionVersion": "$LATEST", "handler": "app.handler"} handler None'
        )
        assert it.logged()[1] == "telemetry 202 Telemetry.NotSupported"
        invoke, shutdown = events(it)
        assert invoke.pop("deadlineMs") > 1_700_000_000_000
        assert invoke == {
            "eventType": "INVOKE",
            "requestId": "r-1",
            "invokedFunctionArn": ARN,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": TRACE},
        }
        assert (shutdown["eventType"], shutdown["shutdownReason"]) == ("SHUTDOWN", "spindown")
        assert it.logged()[-1] == "cleaned up"

    run(scenario)


def test_rt20_a_call_ends_when_the_extension_is_done_with_it(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables={"EXTENSION_S": "0.3"}) as it:
            answer = await it.call("pid")
            assert float(answer.headers["facepipe-duration-ms"]) >= 300
            assert "after the call" in it.logged(), "before the answer"

    run(scenario)


def test_rt20_the_time_after_the_answer_counts_to_the_timeout(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables={"EXTENSION_S": "60"}, timeout_s=1) as it:
            assert (await it.call("pid")).headers["facepipe-outcome"] == "timeout"
            assert "timeout" in it.emulator.heard("reset")[0]["reason"]
            assert (await it.emulator.hears("ready", 2))["init_error"] == ""

    run(scenario)


@pytest.mark.parametrize(
    ("how", "error_type", "says"),
    [
        ("init error", "Extension.InitError", "Extension.ConfigInvalid"),
        ("never registers", "Extension.Crash", "exit status 3"),
    ],
)
def test_rt20_an_extension_that_fails_at_its_start_fails_the_init_phase(
    folder: str, how: str, error_type: str, says: str
) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables={"EXTENSION": how}) as it:
            ready = await it.emulator.hears("ready")
            assert error_type in ready["init_error"]
            assert says in ready["init_error"]
            assert (await it.emulator.hears("extension"))["error_type"] == error_type
            assert (await it.call("pid")).headers["facepipe-outcome"] == "init failure"

    run(scenario)


def test_rt20_an_extension_that_cannot_be_started_fails_the_init_phase(tmp_path: Path) -> None:
    (tmp_path / "watcher").write_text("no program")

    async def scenario() -> None:
        async with running(extensions=str(tmp_path)) as it:
            assert "Extension.LaunchError" in (await it.emulator.hears("ready"))["init_error"]

    run(scenario)


def test_rt20_an_extension_that_ends_during_a_call_fails_it_and_the_next_one_works(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables={"EXTENSION": "crash"}) as it:
            for number in (1, 2):
                answer = await it.call("pid", f"r-{number}")
                assert answer.headers["facepipe-outcome"] == "crash"
                assert answer.json() == {
                    "errorType": "Extension.Crash",
                    "errorMessage": f"RequestId: r-{number} Error: exit status 7",
                }

    run(scenario)


def test_rt20_after_a_crash_of_the_function_the_extension_ends_and_starts_anew(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder) as it:
            assert (await it.call("exit 3")).headers["facepipe-outcome"] == "crash"
            await it.emulator.hears("ready", 2)
            assert events(it)[-1]["shutdownReason"] == "failure"
            assert (await it.call("pid", "r-2")).headers["facepipe-outcome"] == "success"

    run(scenario)


def test_rt20_an_extension_that_does_not_end_is_killed(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables={"EXTENSION": "does not end"}) as it:
            await it.call("pid")
        assert events(it)[-1]["eventType"] == "SHUTDOWN"
        assert "cleaned up" not in it.logged()

    run(scenario)


def test_rt20_an_internal_extension_gets_calls_and_no_shutdown() -> None:
    async def scenario() -> None:
        async with running("internal", variables=VARIABLES) as it:
            answer = await it.call("pid")
            assert float(answer.headers["facepipe-duration-ms"]) >= 300
            assert it.logged() == ["library 403 Extension.InvalidEventType app.handler", "library INVOKE r-1"]
            told = await it.emulator.hears("extension")
            assert (told["name"], told["events"]) == ("library", ["INVOKE"])

    run(scenario)


def test_rt20_the_files_of_a_layer_and_of_an_image_are_found(tmp_path: Path) -> None:
    """Lambda unpacks a layer into /opt, and an image has its extensions there."""
    layer, context = tmp_path / "layer", tmp_path / "context"
    for file in (layer / "extensions/one", context / "ext/two", context / "opt/extensions/three", context / "four"):
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXTENSION, file)
    (layer / "extensions/data").mkdir()
    copies = [("ext/", "/opt/extensions/"), ("opt", "/opt"), ("four", "/opt/extensions/four"), ("app.py", "/var/task/")]
    found = extension_files([layer], extensions_of_image(context, copies))
    assert [Path(file).name for file in found] == ["one", "two", "three", "four"]


def test_rt06_extensions_are_frozen_between_calls_too(folder: str) -> None:
    async def scenario() -> None:
        async with running(extensions=folder, variables={"EXTENSION_S": "0.1"}) as it:
            await it.call("pid")
            members = it.engine._members()
            assert len(members) == 2
            await eventually(lambda: all(state_of(pid) == "T" for pid in members))
            await it.call("pid", "r-2")
            assert it.engine._members() == members

    run(scenario)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(240):
        while not condition():
            await asyncio.sleep(0.01)
