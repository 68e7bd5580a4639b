"""The restated templates run, each with a message through, in this process; and the survey says which load."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from emulator.environments.scripted_functions import ScriptedContext
from emulator.free_ports import free_ports
from emulator.loading import load
from emulator.settings import Settings
from emulator.template.survey import main, survey
from tests.emulators import emulator_of

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
CASES = {"photos.sam.yaml": "photos-dev", "orders.sam.yaml": "orders.fifo", "regions.yaml": "jobs"}


async def send(endpoint: str, queue: str, body: str) -> None:
    """Send a message as an SDK does, with a group where the queue is a FIFO queue."""
    group = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if queue.endswith(".fifo") else {}
    message = {"QueueUrl": f"{endpoint}/000000000000/{queue}", "MessageBody": body, **group}
    headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    async with aiohttp.ClientSession() as http, http.post(endpoint, json=message, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize("name", CASES)
def test_a_message_goes_through_each_template(name: str) -> None:
    async def scenario() -> None:
        ports = free_ports()
        settings = replace(
            Settings(TEMPLATES / name, parameters={"Level": "x"} if name == "regions.yaml" else {}), ports=ports
        )
        resources = load(settings)
        arrived: asyncio.Queue[str] = asyncio.Queue()

        async def handler(event: dict, context: ScriptedContext) -> dict:
            for record in event.get("Records", []):
                arrived.put_nowait(record["body"])
            return {"statusCode": 200, "body": json.dumps({"function": context.function_name})}

        scripts = {function.name: handler for function in resources.functions}
        async with asyncio.timeout(60), emulator_of(resources, scripts, settings):
            await send(f"http://127.0.0.1:{ports.sqs}", CASES[name], "through")
            assert await arrived.get() == "through"
            if name == "photos.sam.yaml":
                url = f"http://127.0.0.1:{ports.function_url(0)}/"
                async with aiohttp.ClientSession() as http, http.post(url, data=b"photo") as answer:
                    assert await answer.json(content_type=None) == {"function": "receive"}

    asyncio.run(scenario())


def test_the_survey_says_which_templates_load_and_why_others_do_not(tmp_path: Path, capsys) -> None:
    (tmp_path / "good.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    (tmp_path / "bad.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queu"}}}')
    (tmp_path / "main.tf").write_text('resource "aws_sqs_queue" "q" {}\n')
    assert [(name, len(problems)) for name, problems in survey(tmp_path)] == [
        ("bad.json", 1),
        ("good.yaml", 0),
        ("main.tf", 1),
    ]
    assert main(str(tmp_path)) == 1
    assert capsys.readouterr().out.endswith("1 of 3 templates load\n")
