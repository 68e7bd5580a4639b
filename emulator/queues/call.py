"""One SQS call on its way to a queue server, in either SQS protocol: the parts that the emulator reads or changes."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.aws.limits import RECEIVE_WAIT_S
from emulator.json_text import read_json
from emulator.queues import form
from emulator.queues.protocol import POLL_S

#: as SDKs write it. A message body cannot match, because quotation marks within a JSON text are escaped
_FIRST_QUEUE_URL = re.compile(rb'^\s*\{\s*"QueueUrl"\s*:\s*"([^"\\]*)"')
_JSON_HANDLE = re.compile(rb'"ReceiptHandle"\s*:\s*("(?:[^"\\]|\\.)*")')
_XML_HANDLE = re.compile(rb"<ReceiptHandle>([^<]*)</ReceiptHandle>")


@dataclass(frozen=True, slots=True)
class Call:
    """A call: the JSON protocol names the operation in a header, the query protocol in its form."""

    target: str  #: the header X-Amz-Target; empty in the query protocol
    body: bytes

    @property
    def receives(self) -> bool:
        """Whether the call receives messages."""
        operation = self.target.rpartition(".")[2] if self.target else form.value(self.body, "Action")
        return operation == "ReceiveMessage"

    @property
    def sends(self) -> bool:
        """Whether the call sends messages, in the JSON protocol."""
        return self.target.rpartition(".")[2] in ("SendMessage", "SendMessageBatch")

    def queue_url(self) -> str:
        """Return the queue URL or name in the call; empty if the call concerns no queue."""
        if not self.target:
            return form.value(self.body, "QueueUrl")
        if match := _FIRST_QUEUE_URL.match(self.body):
            return match[1].decode("utf-8", "replace")
        url = self._content().get("QueueUrl") if b'"QueueUrl"' in self.body else ""
        return url if isinstance(url, str) else ""

    def with_queue_url(self, url: str) -> "Call":
        """Return the same call for this queue."""
        if not self.target:
            return replace(self, body=form.with_value(self.body, "QueueUrl", url))
        if match := _FIRST_QUEUE_URL.match(self.body):
            encoded_url = json.dumps(url).encode()[1:-1]
            return replace(self, body=self.body[: match.start(1)] + encoded_url + self.body[match.end(1) :])
        return self._with(QueueUrl=url)

    def polls(self) -> Sequence["Call"]:
        """Return the short polls that replace a long poll, or the call itself if it must not be split.

        It is not split if the queue's own waiting time applies, or if the call has a ReceiveRequestAttemptId.
        """
        if self.target:
            content = self._content()
            wait_s, again = content.get("WaitTimeSeconds"), "ReceiveRequestAttemptId" in content
        else:
            wait = form.value(self.body, "WaitTimeSeconds")
            wait_s, again = (
                int(wait) if wait.isdecimal() else None,
                bool(form.value(self.body, "ReceiveRequestAttemptId")),
            )
        if again or not isinstance(wait_s, int) or not POLL_S < wait_s <= RECEIVE_WAIT_S.high:
            return [self]
        return [self._waiting(POLL_S)] * (wait_s // POLL_S)

    def handles_in(self, answer: bytes) -> list[str]:
        """Return the receipt handles of the messages in the response."""
        if self.target:
            return [str(json.loads(handle)) for handle in _JSON_HANDLE.findall(answer)]
        return [html.unescape(handle.decode()) for handle in _XML_HANDLE.findall(answer)]

    def _waiting(self, wait_s: int) -> "Call":
        if self.target:
            return self._with(WaitTimeSeconds=wait_s)
        return replace(self, body=form.with_value(self.body, "WaitTimeSeconds", str(wait_s)))

    def _with(self, **fields: Any) -> "Call":
        return replace(self, body=json.dumps({**self._content(), **fields}).encode())

    def _content(self) -> Mapping[str, Any]:
        """Return the JSON object; an empty object for a body that the queue server will refuse."""
        try:
            content = read_json(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}
