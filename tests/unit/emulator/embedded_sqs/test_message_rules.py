"""What the embedded SQS takes as a message, alone and in a batch, by its service model and quotas."""

from typing import Any

import pytest

from emulator.queues.embedded.digests import attributes_md5
from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, run

MIB = 1_048_576


def attribute(value: str, kind: str = "String") -> dict[str, Any]:
    return {"DataType": kind, "StringValue": value}


def test_the_digest_of_attributes_is_that_which_sdks_compute() -> None:
    """The value is AWS's own answer in LocalStack's recording of test_receive_message_message_system_attribute_names."""
    assert attributes_md5({"Foo": attribute("Bar")}) == "ae7155c6026991b6d54b11589678bf9c"


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
        ({"MessageBody": "a\x00"}, "InvalidMessageContents", "Invalid characters found."),
        ({"MessageBody": "a\x0b"}, "InvalidMessageContents", "Invalid characters found."),
        ({"MessageBody": "a\ufffe"}, "InvalidMessageContents", "Invalid characters found."),
        ({"MessageBody": "a\ud800"}, "InvalidMessageContents", "Invalid characters found."),
        (
            {"MessageBody": "x" * (MIB + 1)},
            "InvalidParameterValue",
            "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
        ),
        (
            {"MessageAttributes": {"ErrorDetails": attribute("")}},
            "InvalidParameterValue",
            "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
        ),
        ({"MessageAttributes": {"n": attribute("twelve", "Number")}}, "InvalidParameterValue", "Can't cast the value"),
        ({"MessageAttributes": {"n": attribute("x", "Text")}}, "InvalidParameterValue", "The type of message (user)"),
        ({"MessageAttributes": {"AWS.x": attribute("x")}}, "InvalidParameterValue", "name 'AWS.x' is invalid"),
        ({"MessageAttributes": {"a..b": attribute("x")}}, "InvalidParameterValue", "name 'a..b' is invalid"),
        ({"MessageAttributes": {"": attribute("x")}}, "InvalidParameterValue", "name '' is invalid"),
        (
            {"MessageAttributes": {f"n{n}": attribute("x") for n in range(11)}},
            "InvalidParameterValue",
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
        (
            {"MessageGroupId": "group 123"},
            "InvalidParameterValue",
            (
                "Value group 123 for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include"
                " alphanumeric and punctuation characters. 1 to 128 in length."
            ),
        ),
        ({"MessageGroupId": "a" * 129}, "InvalidParameterValue", "1 to 128 in length."),
        ({"MessageGroupId": ""}, "InvalidParameterValue", "1 to 128 in length."),
        ({"MessageDeduplicationId": "d"}, "InvalidParameterValue", "not valid for this queue type."),
        ({"MessageSystemAttributes": {"Other": attribute("x")}}, "InvalidParameterValue", "'Other' is invalid"),
    ],
)
def test_a_message_that_sqs_refuses(parameters: dict[str, Any], code: str, words: str) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        refused, told = await sqs.refusal("SendMessage", "q", **{"MessageBody": "a", **parameters})
        assert refused == code
        assert words in told
        assert await sqs.counts("q") == (0, 0, 0)

    run(program)


def test_all_characters_that_sqs_allows_come_back_as_they_were() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        body = "\t\n\r \ud7ff\ue000\ufffd\U00010000\U0010ffff ä € 😀 \x7f\x85"
        await sqs.send("q", body)
        assert await sqs.bodies("q") == [body]

    run(program)


def test_attributes_count_towards_the_size_and_the_trace_header_does_not() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", MaximumMessageSize="1024")
        attributes = {"MessageAttributes": {"name": attribute("v" * 14)}}  # 4 + 6 + 14 bytes
        header = {"MessageSystemAttributes": {"AWSTraceHeader": attribute("Root=1-5759e988-bd862e3fe1be46a994272793")}}
        await sqs.send("q", "x" * 1000, **attributes, **header)
        code, told = await sqs.refusal("SendMessage", "q", MessageBody="x" * 1001, **attributes)
        assert code == "InvalidParameterValue"
        assert told == "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."

    run(program)


def test_a_body_is_measured_in_bytes() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        await sqs.send("q", "€" * (MIB // 3))
        code, _ = await sqs.refusal("SendMessage", "q", MessageBody="€" * (MIB // 3 + 1))
        assert code == "InvalidParameterValue"

    run(program)


def entries(*bodies: str) -> list[dict[str, Any]]:
    return [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]


def test_entries_of_a_batch_fail_one_by_one() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", MaximumMessageSize="1024")
        answer = await sqs.call("SendMessageBatch", "q", Entries=entries("a", "b\x00", "x" * 1025, "d"))
        assert [one["Id"] for one in answer["Successful"]] == ["0", "3"]
        assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
            ("1", "InvalidMessageContents", True),
            ("2", "InvalidParameterValue", True),
        ]
        assert await sqs.bodies("q") == ["a", "d"]

    run(program)


BAD_ENTRY_ID = (
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
    "It can be at most 80 letters long."
)
TOO_LONG_BATCH = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."


@pytest.mark.parametrize(
    ("batch", "code", "words"),
    [
        ([], "EmptyBatchRequest", ""),
        (entries(*"abcdefghijk"), "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 11."),
        ([{"Id": "a!", "MessageBody": "x"}], "InvalidBatchEntryId", BAD_ENTRY_ID),
        ([{"Id": "a" * 81, "MessageBody": "x"}], "InvalidBatchEntryId", ""),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "BatchEntryIdsNotDistinct", "Id a repeated."),
        (entries("x" * (MIB // 2), "x" * (MIB // 2 + 1)), "BatchRequestTooLong", TOO_LONG_BATCH),
    ],
)  # fmt: skip
def test_a_batch_that_sqs_refuses_as_a_whole(batch: list[dict[str, Any]], code: str, words: str) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        refused, told = await sqs.refusal("SendMessageBatch", "q", Entries=batch)
        assert refused == code
        assert words in told
        assert await sqs.counts("q") == (0, 0, 0)

    run(program)


def test_the_attributes_that_are_asked_for() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="0")
        attributes = {"a.x": attribute("1"), "a.y": attribute("2"), "b": attribute("3")}
        await sqs.send("q", "m", MessageAttributes=attributes)

        async def received(*names: str, system: tuple[str, ...] = ()) -> dict[str, Any]:
            about = {"MessageAttributeNames": list(names), "MessageSystemAttributeNames": list(system)}
            message: dict[str, Any] = (await sqs.call("ReceiveMessage", "q", **about))["Messages"][0]
            return message

        nothing = await received()
        assert "MessageAttributes" not in nothing
        assert "MD5OfMessageAttributes" not in nothing
        assert "Attributes" not in nothing
        assert set((await received("All"))["MessageAttributes"]) == {"a.x", "a.y", "b"}
        some = await received("a.*", system=("SenderId",))
        assert set(some["MessageAttributes"]) == {"a.x", "a.y"}
        assert some["MD5OfMessageAttributes"] == attributes_md5({"a.x": attribute("1"), "a.y": attribute("2")})
        assert set(some["Attributes"]) == {"SenderId"}

    run(program)
