"""Functions whose code changes while the emulator runs: what runs follows the stack."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from emulator.invocation import OutcomeKind
from emulator.resources.code_source import CodeSource
from tests.projects import call, function, project, write

ANSWER = "def handler(event, context):\n    return {answer!r}\n"
SLOW = "import time\nprint('here')\ndef handler(event, context):\n    time.sleep(event['s'])\n    return 'slow'\n"


def test_saved_code_new_functions_and_failures_are_followed_while_calls_go_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", SLOW)
        write(tmp_path, "other", ANSWER.format(answer="other"))
        template = {"One": function("one", Timeout=20), "Other": function("other")}
        async with project(tmp_path, template) as emulator:
            stack = emulator.stack
            slow = asyncio.ensure_future(call(emulator, "one", b'{"s": 1}'))
            while not any(environment.busy for environment in emulator.parts.pools.pools["one"].environments):
                await asyncio.sleep(0.01)
            write(tmp_path, "one", ANSWER.format(answer="saved"))
            stack.change_code("one")
            assert json.loads((await call(emulator, "one")).payload) == "saved"
            assert json.loads((await slow).payload) == "slow", "a call in flight ends as it began"

            one = stack.functions["one"]
            stack.change_code("one", replace(one, source=CodeSource(folder="nowhere")))
            failed = await call(emulator, "one")
            assert failed.kind is OutcomeKind.INIT_FAILURE
            assert "nowhere does not exist" in failed.reason
            assert json.loads(failed.payload)["errorMessage"] == failed.reason
            assert json.loads((await call(emulator, "other")).payload) == "other"

            write(tmp_path, "elsewhere", ANSWER.format(answer="cured"))
            waiting = asyncio.ensure_future(call(emulator, "one"))
            stack.change_code("one", replace(one, source=CodeSource(folder="elsewhere")))
            assert json.loads((await call(emulator, "one")).payload) == "cured"
            assert (await waiting).kind in (OutcomeKind.INIT_FAILURE, OutcomeKind.SUCCESS)

            new = replace(one, logical_id="New", name="new", source=CodeSource(folder="elsewhere"))
            stack.functions.put("new", new)
            assert json.loads((await call(emulator, "new")).payload) == "cured"
            stack.functions.put("new", replace(new, timeout_s=7, environment={"A": "1"}))
            assert json.loads((await call(emulator, "new")).payload) == "cured"

    asyncio.run(scenario())


def test_a_call_that_waits_for_a_start_that_fails_gets_the_error_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", ANSWER.format(answer="one"))
        async with project(tmp_path, {"One": function("one")}) as emulator:
            one = emulator.stack.functions["one"]
            emulator.stack.change_code("one", replace(one, runtime="ruby3.3"))
            calls = [call(emulator, "one") for _ in range(5)]
            outcomes = await asyncio.gather(*calls)
            assert {outcome.kind for outcome in outcomes} == {OutcomeKind.INIT_FAILURE}
            assert "its Runtime ruby3.3 is not Python" in outcomes[0].reason

    asyncio.run(scenario())


def test_many_saves_in_a_row_leave_one_environment_with_the_last_code(tmp_path: Path) -> None:
    async def scenario() -> None:
        write(tmp_path, "one", ANSWER.format(answer=0))
        async with project(tmp_path, {"One": function("one")}) as emulator:
            for number in range(1, 16):
                write(tmp_path, "one", ANSWER.format(answer=number))
                emulator.stack.change_code("one")
                await asyncio.sleep(0.02 * (number % 4))
            assert json.loads((await call(emulator, "one")).payload) == 15
            pool = emulator.parts.pools.pools["one"]
            assert pool.starter is not None
            assert (len(pool.environments), pool.starter.running("one")) == (1, 1)

    asyncio.run(scenario())


TAKES = """
import boto3, os
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl="done", MessageBody=f"{VERSION} {record['body']}")
"""


def test_messages_wait_for_a_deleted_function_until_it_is_made_again(tmp_path: Path) -> None:
    resources = {
        "One": function("one"),
        "Work": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work", "VisibilityTimeout": 30}},
        "Done": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "done"}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:work",
                "FunctionName": {"Ref": "One"},
                "BatchSize": 1,
            },
        },
    }

    async def scenario() -> None:
        write(tmp_path, "one", f"VERSION = 1\n{TAKES}")
        async with project(tmp_path, resources) as emulator:
            queues, stack = emulator.parts.queues.queues, emulator.stack

            async def done(text: str) -> None:
                async with asyncio.timeout(240):
                    while True:
                        for message in await queues.receive("done", maximum=10, wait_s=1):
                            if message["Body"] == text:
                                return

            await queues.send("work", "a")
            await done("1 a")
            one = stack.functions["one"]
            stack.delete_function("one")
            assert len(stack.mappings) == 1
            await queues.send("work", "b")
            while "one" in emulator.parts.pools.pools:
                await asyncio.sleep(0.01)
            write(tmp_path, "one", f"VERSION = 2\n{TAKES}")
            stack.functions.put("one", one)
            await done("2 b")

    asyncio.run(scenario())
