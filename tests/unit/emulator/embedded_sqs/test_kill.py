"""The embedded queue is killed at any moment and started again: what was answered is there, and nothing else.

Random programs run against the queue in a process of its own and against the pure model in memory. Both give the same
answers. From time to time calls are made without waiting for their answers, and the process is killed when some of them
have been answered. Then the file has what the model has after a number of these calls: all that were answered at least.

It would miss a message that is lost in a way that the model itself loses one; the tables in the other files are for that.
It shows nothing about a loss of power.
"""

import asyncio
import copy
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.aws.arns import Arns
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.move_tasks import MoveTasks
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.service import EmbeddedSqs, MemoryOnlyStorage
from tests.unit.emulator.embedded_sqs.programs import PAUSES, SETUP, STEPS, Call, Known, calls
from tests.unit.emulator.embedded_sqs.queue_process import DUMP, Clock, TimedSqs, dumped

ROOT = Path(__file__).resolve().parents[4]
START = 1_790_000_000.0
STEP_S = 0.001  #: that passes with each call: keys of messages are made of the time
EXAMPLES = int(os.environ.get("FACEPIPE_KILLS", "12"))


class Model:
    """The queues in memory."""

    def __init__(self, account: QueueAccount, tasks: MoveTasks, clock: Clock) -> None:
        self.account, self.tasks, self.clock = account, tasks, clock
        sqs = EmbeddedSqs(account, MemoryOnlyStorage(account.changes), tasks, clock)
        self.timed = TimedSqs(sqs, clock)

    @classmethod
    def new(cls) -> "Model":
        account = QueueAccount(Arns())
        return cls(account, MoveTasks(account), Clock(START))

    def copy(self) -> "Model":
        account, tasks, clock = copy.deepcopy((self.account, self.tasks, self.clock))
        return Model(account, tasks, clock)

    def restarted(self, now: float) -> "Model":
        """Return what a start makes of it: the turns of FIFO groups begin anew, and attempts are forgotten."""
        before = self.copy()
        account = QueueAccount(Arns())
        for name, old in before.account.queues.items():
            queue = MessageQueue(
                name, old.attributes, old.created_at, old.modified_at, account.changes, old.tags, old.deduplication
            )
            queue.purged_at = old.purged_at
            for message in old.messages.values():
                message.listed = False
            queue.restore(sorted(old.messages.values(), key=lambda one: (one.place, one.key)))
            account.queues[name] = queue
        tasks = MoveTasks(account, before.tasks.by_source)
        for task in tasks.running():
            task.resume(now)
        return Model(account, tasks, before.clock)


class QueueProcess:
    """The queue with its file, in a process that can be killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, file: Path, now: float) -> "QueueProcess":
        pipe = asyncio.subprocess.PIPE
        module = "tests.unit.emulator.embedded_sqs.queue_process"
        command = (sys.executable, "-m", module, str(file), str(now))
        return cls(await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=1 << 24))

    def write(self, lines: Sequence[dict[str, Any]]) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())

    async def read(self) -> Any:
        """Return the next answer; None when there will be none."""
        assert self.process.stdout
        text = await self.process.stdout.readline()
        return json.loads(text) if text.endswith(b"\n") else None

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


def settled(told: dict[str, Any]) -> int:
    """Return how many calls must outlive a kill after this answer: a refusal waits for nothing to be stored."""
    refused = isinstance(told["answer"], dict) and "refused" in told["answer"]
    return 0 if refused else told["number"] + 1


class Pair:
    """A queue and its model."""

    def __init__(self, file: Path) -> None:
        self.file, self.model, self.now, self.known = file, Model.new(), START, Known()
        self.queue: QueueProcess

    def line(self, call: Call) -> dict[str, Any]:
        self.now += STEP_S
        used = int((self.now - START) * 1_000_000)  # so many ids have been used for certain
        return {"number": 0, "now": self.now, "ids": used, "operation": call[0], "parameters": call[1]}

    async def make(self, call: Call) -> None:
        """Make a call of both; they answer the same."""
        line = self.line(call)
        self.queue.write([line])
        told, expected = (await self.queue.read())["answer"], await self.model.timed.call(line)
        assert told == json.loads(json.dumps(expected)), call
        self.known.learn(call, told)

    async def kill_during(self, burst: Sequence[Call], answers: int) -> None:
        """Make calls without waiting, kill the queue after some answers, and start it again."""
        lines = [{**self.line(call), "number": number} for number, call in enumerate(burst)]
        self.queue.write(lines)
        answered = 0
        for _ in range(min(answers, len(lines))):
            answered = max(answered, settled(await self.queue.read()))
        await self.queue.kill()
        while (told := await self.queue.read()) is not None:  # what it had written before it died
            answered = max(answered, settled(told))
        possible = [self.model.copy()]
        for line in lines:
            after = possible[-1].copy()
            await after.timed.call(line)
            possible.append(after)
        await self.start()
        line = self.line((DUMP, {}))
        self.queue.write([line])
        kept = (await self.queue.read())["answer"]
        restarted = [one.restarted(self.now) for one in possible[answered:]]
        for model in restarted:
            if json.loads(json.dumps(dumped(model.account, model.tasks, self.now))) == kept:
                self.model = model
                return
        none_of = [dumped(one.account, one.tasks, self.now) for one in restarted]
        raise AssertionError(f"after {answered} of {len(lines)} answers: {kept} is none of {none_of}")

    async def start(self) -> None:
        self.queue = await QueueProcess.start(self.file, self.now)


#: calls that are answered one after another, then calls during which the queue is killed, and after how many answers
ROUNDS = st.tuples(st.lists(st.tuples(PAUSES, STEPS), max_size=12), st.lists(STEPS, max_size=8), st.integers(0, 8))


async def play(rounds: Sequence[Any], file: Path) -> None:
    pair = Pair(file)
    await pair.start()
    try:
        for name, attributes in SETUP:
            await pair.make(("CreateQueue", {"QueueName": name, "Attributes": attributes}))
        for steps, burst, answers in rounds:
            for pause, step in steps:
                pair.now += pause
                for call in calls(step, pair.known):
                    await pair.make(call)
            await pair.kill_during([call for step in burst for call in calls(step, pair.known)], answers)
        await pair.make(("ReceiveMessage", {"QueueUrl": "q", "MaxNumberOfMessages": 10}))
    finally:
        await pair.queue.kill()


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(ROUNDS, min_size=1, max_size=3))
def test_what_was_answered_outlives_a_kill_and_nothing_that_was_deleted_comes_back(rounds: Sequence[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(rounds, Path(folder) / "queues.sqlite"))
