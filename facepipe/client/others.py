"""Results of other requests, which a client receives while it looks for its own in the same queue.

Received, a message is hidden from everybody for a while. Two things must not happen: that the results in front come
back before those behind them were reached, and that another client waits for its result because it is hidden here.
So everything stays hidden until the queue has nothing more to give, and is handed back then: what was seen for the
first time at once, because another client may wait for it; what turned up again, because nobody did, a second later,
then two, four and so on.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

BATCH = 10  #: messages in one request, SQS's limit
HIDDEN_S = 20  #: by being received: longer than it takes to go through a large queue, in case nobody hands it back
LONGEST_S = 16  #: that a result stays hidden which turns up again and again


@dataclass(slots=True)
class Others:
    """The results of other requests in one queue, as far as they were seen."""

    sqs: Any
    queue_url: str
    clock: Callable[[], float] = time.monotonic
    _times: Counter[str] = field(default_factory=Counter)  #: that a message was seen, by its id
    _handles: dict[str, str] = field(default_factory=dict)  #: of those received since the last time they were put back
    _hidden_until: dict[str, tuple[str, float]] = field(default_factory=dict)  #: handle and time of those put back

    @property
    def count(self) -> int:
        """How many lie in the queue: all that turned up again, or came last."""
        again = {message_id for message_id, times in self._times.items() if times > 1}
        return len(again.union(self._handles))

    def keep(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Take note of messages just received."""
        for message in messages:
            message_id = str(message["MessageId"])
            self._times[message_id] += 1
            self._handles[message_id] = str(message["ReceiptHandle"])

    def put_back(self) -> None:
        """Hand back what was received since the last time: at once, or later what nobody has wanted."""
        seconds = {message_id: _hidden_s(self._times[message_id]) for message_id in self._handles}
        self._hide(self._handles, seconds)
        now = self.clock()
        self._hidden_until |= {i: (handle, now + seconds[i]) for i, handle in self._handles.items()}
        self._handles.clear()

    def leave(self) -> None:
        """Hand back everything that is still hidden, at once."""
        now = self.clock()
        hidden = {i: handle for i, (handle, until) in self._hidden_until.items() if until > now} | self._handles
        self._hide(hidden, dict.fromkeys(hidden, 0))

    def _hide(self, handles: Mapping[str, str], seconds: Mapping[str, int]) -> None:
        """Hide messages for so many seconds from now on; what cannot be changed comes back after HIDDEN_S."""
        entries = [
            {"Id": message_id, "ReceiptHandle": handle, "VisibilityTimeout": seconds[message_id]}
            for message_id, handle in handles.items()
        ]
        with contextlib.suppress(BotoCoreError, ClientError):
            for start in range(0, len(entries), BATCH):
                batch = entries[start : start + BATCH]
                self.sqs.change_message_visibility_batch(QueueUrl=self.queue_url, Entries=batch)


def _hidden_s(times: int) -> int:
    """Return how long a message stays hidden that was seen so many times: 0, 1, 2, 4, 8, 16 seconds."""
    return min(2 ** (times - 2), LONGEST_S) if times > 1 else 0
