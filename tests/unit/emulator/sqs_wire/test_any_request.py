"""Whatever is sent to the queue port is answered as SQS answers: no request makes the embedded queues fail."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from aiohttp.test_utils import make_mocked_request
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.aws.arns import Arns
from emulator.queues.embedded.opening import open_queues
from emulator.queues.wire.answering import EmbeddedAnswers
from emulator.queues.wire.sqs_operations import load_sqs_operations

MODEL = ServiceModel(Loader().load_service_model("sqs", "service-2"), "sqs")
OPERATIONS = load_sqs_operations()
URLS = st.sampled_from(["q", "q.fifo", "http://x/000000000000/q", "", "/", "nothing", "\ud800", "q" * 300])
TEXTS = st.one_of(
    URLS,
    st.sampled_from(
        ["All", "VisibilityTimeout", "RedrivePolicy", "FifoQueue", "true", "0", "-1", "9" * 30, "{", "[]", "null"]
    ),
    st.text(max_size=8),
    st.sampled_from([f"arn:aws:sqs:us-east-1:000000000000:{name}" for name in ("q", "dead", "nothing", "")]),
    st.sampled_from(["String", "Number", "Binary", "AWSTraceHeader", json.dumps({"maxReceiveCount": "x"})]),
)
QUEUES = st.integers(0, 3).flatmap(lambda chance: TEXTS if chance == 0 else st.sampled_from(["q", "q.fifo", "dead"]))
NUMBERS = st.one_of(st.integers(-2, 12), st.sampled_from([43_201, 2**31 - 1, -(2**31), 2**31, 10**30]))
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, mostly right."""
    if isinstance(shape, StructureShape):
        named = dict.fromkeys(("QueueUrl", "QueueName", "Id"), QUEUES)
        right = {name: named[name] if name in named else values(member) for name, member in shape.members.items()}
        members = {name: usually(one) for name, one in right.items()}
        required = {name: one for name, one in members.items() if name in shape.required_members}
        others = {name: one for name, one in members.items() if name not in shape.required_members}
        return st.fixed_dictionaries(required, optional=others)
    if isinstance(shape, ListShape):
        return st.lists(usually(values(shape.member)), max_size=3)
    if isinstance(shape, MapShape):
        return st.dictionaries(TEXTS, usually(values(shape.value)), max_size=3)
    if shape.type_name == "blob":
        return st.sampled_from(["", "AP8=", "no"])
    return NUMBERS if shape.type_name in ("integer", "long") else TEXTS


def usually(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 15).flatmap(lambda chance: JUNK if chance == 0 else right)


@st.composite
def calls(draw: Callable[..., Any]) -> tuple[str, Any]:
    operation = draw(st.sampled_from(sorted(OPERATIONS)))
    content = draw(usually(values(MODEL.operation_model(operation).input_shape)))
    if isinstance(content, dict) and "WaitTimeSeconds" in content:
        content["WaitTimeSeconds"] = draw(st.sampled_from([0, -1, 21]))
    return operation, content


def flattened(content: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Write a value as the fields of a form, as older SDKs do."""
    if isinstance(content, dict):
        for key, one in content.items():
            yield from flattened(one, f"{name}.{key}" if name else key)
    elif isinstance(content, list):
        for number, one in enumerate(content, start=1):
            yield from flattened(one, f"{name}.{number}")
    elif content is not None:
        yield name, str(content)


def answered(programs: list[tuple[str, Any]], *, query: bool) -> list[tuple[int, bytes]]:
    """Status and body of each call, with queues that are there from the beginning."""

    async def run() -> list[tuple[int, bytes]]:
        async with open_queues(None, Arns()) as sqs:
            answers, told = EmbeddedAnswers(sqs, OPERATIONS), []
            await sqs.call("CreateQueue", {"QueueName": "q"})
            await sqs.call("CreateQueue", {"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}})
            for operation, content in programs:
                if query:
                    form = {"Action": operation, **dict(flattened(content))}
                    body, headers = (
                        urlencode(form, errors="surrogatepass").encode(),
                        {"Content-Type": "x-www-form-urlencoded"},
                    )
                else:
                    body, headers = json.dumps(content).encode(), {"X-Amz-Target": f"AmazonSQS.{operation}"}
                request = make_mocked_request("POST", "/", headers={**headers, "Host": "127.0.0.1"})
                answer = await answers(request, body)
                assert isinstance(answer.body, bytes)
                told.append((answer.status, answer.body))
        return told

    return asyncio.run(run())


@settings(max_examples=150)
@given(st.lists(calls(), min_size=1, max_size=8), st.booleans())
def test_no_call_makes_the_queues_fail(programs: list[tuple[str, Any]], query: bool) -> None:
    for status, body in answered(programs, query=query):
        assert status in (200, 400, 403, 404), body
        body.decode()
