"""The embedded queue in a process of its own, with a file and a clock that its parent sets: to be killed at any time.

It reads a call a line from stdin and writes an answer a line to stdout, when it has it. Calls are begun in their order.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.aws.arns import Arns
from emulator.aws.limits import DEDUPLICATION_S
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.move_tasks import MoveTasks
from emulator.queues.embedded.opening import open_queues
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.service import EmbeddedSqs

DUMP = "dump"  #: not an operation of SQS: all that the queues have


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Ids:
    """Message ids that a second run can repeat."""

    used: int = 0

    def __call__(self) -> str:
        self.used += 1
        return f"id-{self.used}"


@dataclass
class TimedSqs:
    """Calls at times that the caller names."""

    sqs: EmbeddedSqs
    clock: Clock
    ids: Ids = field(default_factory=Ids)

    def __post_init__(self) -> None:
        self.sqs.account.new_id = self.ids

    async def call(self, line: Mapping[str, Any]) -> Any:
        """Return an answer, a refusal, or all that there is."""
        self.clock.now, self.ids.used = line["now"], line["ids"]
        if line["operation"] == DUMP:
            return dumped(self.sqs.account, self.sqs._tasks, self.clock.now)
        try:
            return await self.sqs.call(line["operation"], line["parameters"])
        except SqsError as error:
            return {"refused": error.code, "message": error.message}


def dumped(account: QueueAccount, tasks: MoveTasks, now: float) -> dict[str, Any]:
    """Return everything that must outlive a kill."""
    found = {}
    tasks.advance(now)
    for name, queue in sorted(account.queues.items()):
        queue.advance(now)
        messages = sorted(queue.messages.values(), key=lambda one: one.key)
        found[name] = {
            "attributes": queue.attributes.all(),
            "tags": queue.tags,
            "remembered": sorted(
                [one.scope, one.message_id, one.key, one.at]
                for one in queue.deduplication._by_scope.values()
                if one.at + DEDUPLICATION_S > now
            ),
            "tasks": [
                [one.id, one.destination, one.rate, one.started_at, one.to_move, one.moved, one.status, one.failure]
                for one in tasks.by_source.get(name, ())
            ],
            "times": [queue.created_at, queue.modified_at, queue.purged_at],
            "messages": [
                [
                    one.key,
                    one.id,
                    one.content.body,
                    one.content.group,
                    one.content.deduplication_id,
                    one.state.value,
                    one.visible_at if one.state.value != "visible" else 0,
                    one.place,
                    one.received,
                    one.receipt,
                    one.received_at,
                    one.first_received_at,
                    one.source,
                    one.sent_at,
                ]
                for one in messages
            ],
        }
    return found


async def main(file: Path, now: float) -> None:
    """Answer calls until stdin ends."""
    clock, loop = Clock(now), asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks = set()
    async with open_queues(file, Arns(), clock=clock) as sqs:
        timed = TimedSqs(sqs, clock)

        async def answer(line: Mapping[str, Any]) -> None:
            print(json.dumps({"number": line["number"], "answer": await timed.call(line)}), flush=True)

        while text := await reader.readline():
            tasks.add(asyncio.ensure_future(answer(json.loads(text))))
        await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
