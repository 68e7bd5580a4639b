"""What the emulator does for the console: its pages, the entries as they are made, and payloads."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest

from emulator.app import Emulator
from emulator.environments.scripted_functions import ScriptedContext, ScriptedFunction
from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace
from emulator.resources import EventSourceMapping, Function, FunctionUrl, Queue
from emulator.settings import Settings
from facepipe.paths import Paths
from tests.emulators import emulator_of
from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive
from tests.unit.emulator.stacks import resources

ECHO = Function("Echo", "echo", "image", (), 3, 128, 512)
WORKER = replace(ECHO, logical_id="Worker", name="worker")
TEMPLATE = resources(
    queues=[Queue("Jobs", "jobs", {})],
    functions=[ECHO, WORKER],
    urls=[FunctionUrl("EchoUrl", "echo", "NONE")],
    mappings=[EventSourceMapping("JobsToWorker", "jobs", "worker")],
)
PAGES = Paths().console_pages
NO_SCRIPTS: Mapping[str, ScriptedFunction] = {}


async def echo(event: Any, context: ScriptedContext) -> Any:
    return event.get("body") if isinstance(event, dict) else event


async def worker(event: Any, context: ScriptedContext) -> None:
    pass


class Console:
    def __init__(self, emulator: Emulator, http: aiohttp.ClientSession) -> None:
        ports = emulator.settings.ports
        self.api, self.url, self.http = f"http://127.0.0.1:{ports.api}", f"http://127.0.0.1:{ports.url}/", http

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.api}{path}") as answer:
            return await answer.json(content_type=None)

    async def post(self, body: str) -> None:
        async with self.http.post(self.url, data=body) as answer:
            assert answer.status == 200

    def send(self, body: str) -> str:
        keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        sqs = boto3.client("sqs", endpoint_url=self.api, **keys)
        url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
        return str(sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)["MessageId"])

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[Callable[[str], Awaitable[list[dict[str, Any]]]]]:
        async with self.http.get(f"{self.api}/entries/live") as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"

            async def until(kind: str) -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = []
                async for line in answer.content:
                    if line.startswith(b"data: "):
                        found += json.loads(line[6:])
                    if any(entry["kind"] == kind for entry in found):
                        return found
                raise AssertionError(found)

            assert await answer.content.readline() == b": following\n"
            yield until


def with_console(
    scenario: Callable[[Console], Awaitable[None]],
    place: ConsolePlace | None = None,
    scripts: Mapping[str, ScriptedFunction] = NO_SCRIPTS,
) -> None:
    async def main() -> None:
        settings = replace(Settings(Path("none")), ports=free_ports(), console=place or ConsolePlace(PAGES))
        emulator = emulator_of(TEMPLATE, {"echo": echo, "worker": worker, **scripts}, settings)
        async with asyncio.timeout(240), emulator, aiohttp.ClientSession() as http:
            await scenario(Console(emulator, http))

    asyncio.run(main())


def test_a_page_hears_of_each_step_as_it_happens_and_of_messages() -> None:
    async def scenario(console: Console) -> None:
        async with console.follow() as until:
            await console.post("hello")
            entries = await until("responded")
            assert [entry["kind"] for entry in entries] == ["accepted", "invoked", "ended", "responded"]
            assert len({entry["trace_id"] for entry in entries}) == 1
            await asyncio.to_thread(console.send, json.dumps({"request_id": "photo-1", "result": "Ada"}))
            entries = await until("deleted")
            (sent,) = [entry for entry in entries if entry["kind"] == "sent"]
            assert (sent["name"], json.loads(sent["detail"]["body"])["result"]) == ("photo-1", "Ada")
            assert sent["message_id"] == next(e["message_id"] for e in entries if e["kind"] == "received")

    with_console(scenario)


def test_the_emulator_ends_the_answers_to_pages_that_follow_before_it_stops() -> None:
    """A connection that is cut would be an error: the last chunk would be missing."""

    async def main() -> bytes:
        settings = replace(Settings(Path("none")), ports=free_ports(), console=ConsolePlace(PAGES))
        async with asyncio.timeout(240), aiohttp.ClientSession() as http:
            async with emulator_of(TEMPLATE, {"echo": echo, "worker": worker}, settings):
                answer = await http.get(f"http://127.0.0.1:{settings.ports.api}/entries/live")
            return await answer.read()

    assert asyncio.run(main()).startswith(b": following")


def test_earlier_entries_are_read_page_by_page() -> None:
    async def scenario(console: Console) -> None:
        for number in range(3):
            await console.post(str(number))
        whole = [entry for entry in (await console.get("/entries"))["entries"] if "trace_id" in entry]
        assert len(whole) == 12
        last = await console.get("/entries?limit=5")
        assert last["entries"] == whole[-5:]
        earlier = await console.get(f"/entries?limit=5&before={last['before']}")
        assert earlier["entries"] == whole[-10:-5]

    with_console(scenario)


def test_earlier_entries_have_the_applications_request_id() -> None:
    async def scenario(console: Console) -> None:
        async with console.follow() as until:
            await console.post('{"request_id": "photo-1", "filename": "a.jpg"}')
            await asyncio.to_thread(console.send, '{"request_id": "photo-2"}')
            await until("deleted")
        entries = (await console.get("/entries"))["entries"]
        names = {entry["kind"]: entry["name"] for entry in entries if "name" in entry}
        assert names == {"accepted": "photo-1", "received": "photo-2", "batched": "photo-2", "deleted": "photo-2"}

    with_console(scenario)


def test_events_answers_and_messages_are_kept_and_found_by_their_ids() -> None:
    async def scenario(console: Console) -> None:
        await console.post('{"request_id": "photo-1"}')
        message_id = await asyncio.to_thread(console.send, '{"request_id": "photo-1", "n": 1}')
        entries = (await console.get("/entries"))["entries"]
        ended = next(entry for entry in entries if entry["kind"] == "ended")
        found = (await console.get(f"/payloads?key={ended['request_id']}&name=photo-1"))["payloads"]
        assert [(p["role"], p["place"]) for p in found] == [("event", "echo"), ("answer", "echo"), ("message", "jobs")]
        event, answer, message = found
        assert (message["key"], message["attributes"]) == (message_id, {"colour": "red"})
        async with console.http.get(f"{console.api}/payloads/{event['id']}?part=body") as body:
            assert await body.text() == '{"request_id": "photo-1"}'
            assert body.headers["Content-Disposition"] == "attachment", "strangers' bytes are never shown as a page"
        assert await console.get(f"/payloads/events/{ended['request_id']}?part=body") == {"request_id": "photo-1"}
        assert "not kept" in (await console.get("/payloads/events/none"))["error"]
        assert await console.get(f"/payloads/{answer['id']}") == '{"request_id": "photo-1"}'

    with_console(scenario)


def test_a_page_sees_what_each_environment_does_and_the_batches_of_a_mapping() -> None:
    """ES-14: batches in flight beside the mapping's limit."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow_worker(event: Any, context: ScriptedContext) -> None:
        begun.set()
        await go_on.wait()

    async def scenario(console: Console) -> None:
        await asyncio.to_thread(console.send, "{}")
        await begun.wait()
        activity = await console.get("/activity")
        (busy,) = activity["functions"]["worker"]["environments"]
        assert (busy["state"], len(busy["request_id"])) == ("busy", 36)
        assert activity["functions"]["worker"]["calls_in_flight"] == 1
        assert [one["state"] for one in activity["functions"]["echo"]["environments"]] == ["warm"]
        (batches,) = activity["mappings"].values()
        assert (batches["in_flight"], batches["limit"], batches["maximum"]) == (1, 5, 1250)
        async with console.follow() as until:
            go_on.set()
            await until("deleted")
        activity = await console.get("/activity")
        assert [one["state"] for one in activity["functions"]["worker"]["environments"]] == ["warm"]

    with_console(scenario, scripts={"worker": slow_worker})


def test_a_page_gets_doctors_findings_about_what_runs_now() -> None:
    async def scenario(console: Console) -> None:
        async with console.http.put(
            f"{console.api}/2015-03-31/functions/worker/configuration", json={"Timeout": 100}
        ) as answer:
            assert answer.status == 200, "by the template, 3 seconds; the queue hides a message for 30"
        await console.post("hello")
        found = await console.get("/findings")
        findings = {finding["id"]: finding for finding in found["findings"]}
        assert findings["ES-41"]["level"] == "error"
        assert "(as it runs)" in findings["ES-41"]["path"]
        assert findings["template"]["on_aws"] == "none cannot be read: No such file or directory"
        assert any(line.startswith("running system") for line in found["looked_at"])

    with_console(scenario)


def test_without_a_console_nothing_is_kept_and_there_is_no_page() -> None:
    async def scenario(console: Console) -> None:
        await console.post("hello")
        assert "not kept" in (await console.get("/payloads?key=x"))["error"]
        async with console.http.get(f"{console.api}/") as page:
            assert page.status == 404

    with_console(scenario, ConsolePlace())


def test_the_pages_come_with_a_strict_policy_and_nothing_beside_them_can_be_read() -> None:
    async def scenario(console: Console) -> None:
        async with console.http.get(f"{console.api}/") as page:
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert console.url.rstrip("/") in policy, "the page may call the function URL"
            assert "{{token}}" not in await page.text()
        async with console.http.get(f"{console.api}/console/main.js") as script:
            assert script.headers["Content-Type"].startswith("text/javascript")
        for path in ("../__init__.py", "%2e%2e%2f__init__.py", "index.html", "nothing.js", ".hidden"):
            async with console.http.get(f"{console.api}/console/{path}") as other:
                assert other.status in (403, 404), path

    with_console(scenario)


@pytest.mark.parametrize(("token", "status"), [("", 403), ("wrong", 403), ("ü", 403), ("own", 200)])
def test_a_page_of_another_port_cannot_switch_faults_on_without_the_consoles_token(token: str, status: int) -> None:
    async def scenario(console: Console) -> None:
        async with console.http.get(f"{console.api}/") as page:
            own = (await page.text()).split('name="facepipe-token" content="')[1].split('"')[0]
        headers = {"Origin": "http://127.0.0.1:3000", "Facepipe-Page-Token": own if token == "own" else token}
        rule = {"function": "echo", "kind": "error"}
        async with console.http.post(f"{console.api}/faults", json=rule, headers=headers) as answer:
            assert answer.status == status
        async with console.http.post(f"{console.api}/faults", json=rule) as program:
            assert program.status == 200, "a program is no page"

    with_console(scenario)


def test_a_page_of_this_machine_makes_no_function() -> None:
    """A browser sends this POST for any page without asking first, over a socket of the user's own."""

    async def scenario(console: Console) -> None:
        made = {"FunctionName": "theirs", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"}
        body = json.dumps({**made, "Code": {"ZipFile": base64.b64encode(archive(CODE)).decode()}})
        url, page = f"{console.api}/2015-03-31/functions", {"Origin": "http://localhost:3000"}
        async with console.http.post(url, data=body, headers=page) as answer:
            assert (answer.status, "not taken from pages in a browser" in await answer.text()) == (403, True)
        async with console.http.post(url, data=body) as program:
            assert program.status != 403, "a program of this user may"

    with_console(scenario)
