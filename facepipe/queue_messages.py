"""Sends messages to queues and takes messages from them, for tests."""

import contextlib
import json
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.api import ask
from facepipe.client.attached_debuggers import debuggers_at, is_debugging
from facepipe.client.emulator_messages import EmulatorMessages
from facepipe.client.endpoints import EndpointError, Endpoints, sqs_client
from facepipe.client.printable_text import printable
from facepipe.function_calls import read_json
from facepipe.up_process import PipelineError

__tracebackhide__ = True  #: as in facepipe/pipeline.py
LONGEST_POLL_S = 20
BEFORE_S = 60  #: how long before the wait a request may have begun whose failure is told
AT_ONCE = 1000  #: messages that are looked at


class QueueMessages:
    """The messages of one pipeline's queues."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._api = endpoints.api
        self._sqs = sqs_client(endpoints)

    def send(self, queue: str, body: Any) -> str:
        """Send a text, or anything else as JSON; return the message's id."""
        text = body if isinstance(body, str) else json.dumps(body)
        url = self._url(queue)
        fifo = {"MessageGroupId": "tests", "MessageDeduplicationId": str(time.time_ns())}
        try:
            sent = self._sqs.send_message(QueueUrl=url, MessageBody=text, **(fifo if url.endswith(".fifo") else {}))
        except (BotoCoreError, ClientError) as error:
            raise PipelineError(f"the message cannot be sent to {queue}: {error}") from None
        return str(sent["MessageId"])

    def receive(self, queue: str, timeout_s: float) -> Any:
        """Wait for a message, delete it and return its body: what its JSON says, or its text."""
        url, deadline = self._url(queue), time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0 or is_debugging(debuggers_at(self._api)):
            try:
                wait_s = max(1, min(LONGEST_POLL_S, round(left_s)))
                messages = self._sqs.receive_message(QueueUrl=url, WaitTimeSeconds=wait_s).get("Messages", [])
                for message in messages:
                    self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return read_json(str(message["Body"]))
            except (BotoCoreError, ClientError) as error:
                raise PipelineError(f"no message can be received from {queue}: {error}") from None
        raise PipelineError(f"no message came to {queue} within {timeout_s:g} s{self._latest_failure(timeout_s)}")

    def _latest_failure(self, timeout_s: float) -> str:
        """Return why the latest request failed, as the emulator's journal tells it: it may be why nothing came."""
        if not self._api:
            return ""
        with contextlib.suppress(EndpointError):
            query = {"failed": 1, "limit": 1, "since_s": timeout_s + BEFORE_S}
            for trace in ask(self._api, "/traces", **query)["traces"]:
                ago_s = time.time() - float(trace["start_ms"]) / 1000
                return f"; the latest request that failed began {ago_s:.0f} s ago: {printable(str(trace['why']))}"
        return ""

    def _url(self, queue: str) -> str:
        try:
            return str(self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])
        except self._sqs.exceptions.QueueDoesNotExist:
            names = [url.rpartition("/")[2] for url in self._sqs.list_queues().get("QueueUrls", [])]
            raise PipelineError(f"there is no queue {queue!r}, but {', '.join(names) or 'none at all'}") from None
        except (BotoCoreError, ClientError) as error:
            raise PipelineError(f"the queue {queue} cannot be reached: {error}") from None

    def delete_all(self, queue: str) -> int:
        """Delete all messages of an emulator's own queue, also those that are hidden; return how many there were."""
        desk = EmulatorMessages(self._api)
        messages = desk.look(queue, AT_ONCE).messages
        for message in messages:
            with contextlib.suppress(EndpointError):  # a function has just taken it
                desk.delete(queue, message.id)
        return len(messages)
