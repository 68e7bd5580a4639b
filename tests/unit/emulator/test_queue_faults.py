"""What becomes of a queue server's answers: all of a server's faults are one kind of error."""

import asyncio

import aiohttp
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from emulator.queues import QueueError, QueueMissingError, Queues


class Server:
    """Answers the first calls with errors."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.deleted: list[str] = []

    async def get_queue_url(self, **_: object) -> dict:
        return {"QueueUrl": "http://server/jobs"}

    async def delete_message_batch(self, **options: list[dict]) -> dict:
        if self.errors:
            raise self.errors.pop(0)
        self.deleted += [entry["ReceiptHandle"] for entry in options["Entries"]]
        return {}

    async def receive_message(self, **_: object) -> dict:
        raise self.errors.pop(0)


FAULTS = [
    ConnectionClosedError(endpoint_url="http://server"),
    aiohttp.ClientPayloadError(),
    ConnectionResetError(),
    ResponseParserError("Unable to parse response (not well-formed): <html>"),
    ClientError({"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "ReceiveMessage"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_servers_fault_is_a_queue_error_that_names_the_call(fault: Exception) -> None:
    queues = Queues(Server(fault), "http://server")
    with pytest.raises(QueueError, match="receive_message") as raised:
        asyncio.run(queues.receive("jobs", maximum=10, wait_s=0))
    assert not isinstance(raised.value, QueueMissingError)


def test_what_was_processed_is_deleted_though_an_answer_could_not_be_understood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("emulator.queues.RETRY_PAUSES_S", (0,))
    server = Server(ResponseParserError("Unable to parse response"))
    asyncio.run(Queues(server, "http://server").delete("jobs", ["a", "b"]))
    assert server.deleted == ["a", "b"]
