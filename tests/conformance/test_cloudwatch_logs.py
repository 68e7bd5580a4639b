"""CloudWatch Logs' API with boto3, on what the functions wrote."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from emulator.environments.scripted_functions import ScriptedContext
from emulator.resources import Function
from emulator.resources.logging_config import LoggingConfig
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources

ECHO = Function("Echo", "echo", "image", (), 3, 128, 512)
SHARED = replace(ECHO, logical_id="Shared", name="shared", logging=LoggingConfig(group="/my/group"))
TEMPLATE = resources(queues=[], functions=[ECHO, SHARED])
GROUP = "/aws/lambda/echo"
KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}


def with_logs(scenario: Callable[[Any, Callable[..., None]], None]) -> None:
    def code(event: Any, context: ScriptedContext) -> None:
        for line in event:
            context.log(line)

    async def main() -> None:
        async with asyncio.timeout(240), emulator_of(TEMPLATE, {"echo": code, "shared": code}) as emulator:
            api = f"http://127.0.0.1:{emulator.settings.ports.api}"
            config = Config(retries={"max_attempts": 0})
            functions = boto3.client("lambda", endpoint_url=api, config=config, **KEYS)

            def write(*lines: str, function: str = "echo") -> None:
                functions.invoke(FunctionName=function, Payload=json.dumps(lines))

            await asyncio.to_thread(scenario, boto3.client("logs", endpoint_url=api, config=config, **KEYS), write)

    asyncio.run(main())


def messages(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]


@contextmanager
def refused(kind: str, words: str) -> Iterator[None]:
    with pytest.raises(Exception, match=kind) as error:
        yield
    assert words in str(error.value)


def test_groups_and_streams_are_those_of_the_functions() -> None:
    def scenario(logs: Any, write: Callable[..., None]) -> None:
        before = int(time.time() * 1000) - 1
        write("one")
        groups = logs.describe_log_groups()["logGroups"]
        assert [group["logGroupName"] for group in groups] == [GROUP, "/my/group"]
        assert groups[0]["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}:*"
        assert [g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix="/my")["logGroups"]] == [
            "/my/group"
        ]
        (stream,) = logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True)[
            "logStreams"
        ]
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])
        assert before <= stream["firstEventTimestamp"] <= stream["lastEventTimestamp"]
        assert logs.describe_log_streams(logGroupName="/my/group")["logStreams"] == []
        pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
        assert [len(page["logGroups"]) for page in pages] == [1, 1]

    with_logs(scenario)


def test_events_of_a_stream_are_read_from_either_end_page_by_page() -> None:
    def scenario(logs: Any, write: Callable[..., None]) -> None:
        write("one", "two", "three")
        (stream,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
        wanted = {"logGroupName": GROUP, "logStreamName": stream["logStreamName"]}
        everything = messages(logs.get_log_events(**wanted))
        assert everything[0].startswith("START RequestId: ")
        assert everything[1:4] == ["one\n", "two\n", "three\n"]
        assert everything[-1].startswith("REPORT RequestId: ")
        assert messages(logs.get_log_events(**wanted, limit=2)) == everything[-2:]
        first = logs.get_log_events(**wanted, limit=2, startFromHead=True)
        then = logs.get_log_events(**wanted, limit=2, nextToken=first["nextForwardToken"])
        assert messages(first) + messages(then) == everything[:4]
        back = logs.get_log_events(**wanted, nextToken=then["nextBackwardToken"])
        assert messages(back) == everything[:2]
        last = logs.get_log_events(**wanted, nextToken=logs.get_log_events(**wanted)["nextForwardToken"])
        assert messages(last) == []
        again = logs.get_log_events(**wanted, nextToken=last["nextForwardToken"])
        assert again["nextForwardToken"] == last["nextForwardToken"], "which tells boto3's readers the end"
        write("four")
        assert "four\n" in messages(logs.get_log_events(**wanted, nextToken=last["nextForwardToken"]))

    with_logs(scenario)


def test_events_of_a_group_are_filtered_by_pattern_time_and_stream() -> None:
    def scenario(logs: Any, write: Callable[..., None]) -> None:
        write("an ERROR here", '{"level": "WARN", "ms": 7}', "nothing")
        found = logs.filter_log_events(logGroupName=GROUP, filterPattern="ERROR")
        assert messages(found) == ["an ERROR here\n"]
        (event,) = found["events"]
        assert event["logStreamName"] == logs.describe_log_streams(logGroupName=GROUP)["logStreams"][0]["logStreamName"]
        assert messages(logs.filter_log_events(logGroupName=GROUP, filterPattern="{ $.ms > 5 }")) == [
            '{"level": "WARN", "ms": 7}\n'
        ]
        later = int(time.time() * 1000) + 60_000
        assert messages(logs.filter_log_events(logGroupName=GROUP, startTime=later)) == []
        assert messages(logs.filter_log_events(logGroupName=GROUP, endTime=1)) == []
        assert messages(logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="nothing")) == []
        everything = messages(logs.filter_log_events(logGroupName=GROUP))
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 2})
        assert [message for page in pages for message in messages(page)] == everything
        ids = [event["eventId"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]]
        assert ids == sorted(set(ids)), "`aws logs tail --follow` knows by them what it has shown"
        identifier = f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}"
        assert messages(logs.filter_log_events(logGroupIdentifier=identifier)) == everything

    with_logs(scenario)


def test_what_cannot_be_read_is_refused_as_by_cloudwatch_logs() -> None:
    def scenario(logs: Any, write: Callable[..., None]) -> None:
        write("one")
        with refused("ResourceNotFoundException", "The specified log group does not exist."):
            logs.filter_log_events(logGroupName="/aws/lambda/nobody")
        with refused("ResourceNotFoundException", "The specified log stream does not exist."):
            logs.get_log_events(logGroupName=GROUP, logStreamName="nothing")
        with refused("InvalidParameterException", "Member must have value less than or equal to 50"):
            logs.describe_log_streams(logGroupName=GROUP, limit=51)
        with refused("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix."):
            logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", logStreamNamePrefix="x")
        with refused("InvalidParameterException", "a regular expression"):
            logs.filter_log_events(logGroupName=GROUP, filterPattern="%x%")
        with refused("InvalidParameterException", "nextToken is invalid"):
            logs.filter_log_events(logGroupName=GROUP, nextToken="f/1")
        with refused("NotImplemented", "PutLogEvents of logs is not emulated"):
            logs.put_log_events(logGroupName=GROUP, logStreamName="x", logEvents=[{"timestamp": 1, "message": "m"}])

    with_logs(scenario)
