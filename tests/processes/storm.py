"""Real messages through a real queue server to a function that fails in every way, with the emulator killed in between."""

import json
import os
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from emulator.settings import Settings
from facepipe.local_pipeline import LocalPipeline, running
from tests.processes.tally import DEAD_LETTERS, FAULTS, FUNCTION, QUEUE, Tally, depth, drained

TEMPLATE = Path(__file__).resolve().parents[1] / "functions/storm.yaml"
HOLD_S = 1.0


@dataclass
class Storm(Tally):
    """One run. Its visibility is short, its retries are many, and of one call at once a second is throttled."""

    waiting: int = 100  #: messages in the queue at most
    throttles: int = 0

    def run(self, *, seconds: float) -> None:
        """Send while it works; kill the emulator once, stop it once, then let it finish."""
        started = time.monotonic()
        sqs = self.sqs
        count = len(self.sent)
        with running(self._settings(), self.folder / "killed.log") as stack:
            sender = threading.Thread(target=self.send, kwargs={"waiting": self.waiting})
            sender.start()
            self.until(lambda: len(self.processed) > count * 0.1, seconds)
            self._throttle(stack, seconds)
            self.until(lambda: len(self.processed) > count * 0.25, seconds)
            self.throttles += throttles(stack)
            os.kill(stack.process.pid, signal.SIGKILL)
        with running(self._settings(), self.folder / "stopped.log") as stack:
            self.until(lambda: len(self.processed) > count * 0.5, seconds)
            self.throttles += throttles(stack)
        with running(self._settings(), self.folder / "finished.log") as stack:
            sender.join()
            self.until(lambda: not depth(sqs, QUEUE), seconds)
            self.throttles += throttles(stack)
            self.dead = drained(sqs, DEAD_LETTERS)
        self.seconds = time.monotonic() - started

    def figures(self) -> str:
        return (
            f"{super().figures()}; on the way {dict(self.faults)}, {self.throttles} throttled calls, the emulator"
            " killed once and stopped once"
        )

    def _settings(self) -> Settings:
        return self.settings(TEMPLATE, 2, {})

    def _throttle(self, stack: LocalPipeline, seconds: float) -> None:
        """Use up the reserved concurrency until a batch was throttled: there is always one that waits."""
        api = lambda_client(stack)

        def met() -> bool:
            hold = json.dumps({"Records": [], "hold_s": HOLD_S})
            try:
                api.invoke(FunctionName=FUNCTION, Payload=hold)
            except api.exceptions.TooManyRequestsException:
                return True  # a batch was there first
            return throttles(stack) > 0

        self.until(met, seconds)


def lambda_client(stack: LocalPipeline) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{stack.ports.api}", **keys)


def throttles(stack: LocalPipeline) -> int:
    text = httpx.get(f"{stack.endpoints.api}/metrics", timeout=60).text
    return sum(
        int(float(number)) for number in re.findall(r"^facepipe_throttles_total\{.*\} (\S+)$", text, re.MULTILINE)
    )


def assert_nothing_lost(storm: Storm) -> None:
    """Every message was processed or is among the dead letters; and there was a storm."""
    assert not storm.lost, storm.figures()
    twice = [number for number, times in Counter(storm.dead).items() if times > 1]
    assert set(twice) <= storm.unanswered, "a dead letter is there once, unless it was sent twice"
    assert {order.number for order in storm.sent if order.then != "done"} <= set(storm.dead)
    assert set(storm.faults) == set(FAULTS), storm.figures()
    assert storm.throttles, storm.figures()
