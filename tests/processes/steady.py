"""Real messages through a real queue server to a function that never fails: none of them may become a dead letter."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from emulator.settings import Settings
from facepipe.local_pipeline import LocalPipeline, running
from tests.processes.storm import lambda_client
from tests.processes.tally import DEAD_LETTERS, FUNCTION, QUEUE, Tally, depth, drained

TEMPLATE = Path(__file__).resolve().parents[1] / "functions/steady.yaml"


@dataclass
class Steady(Tally):
    """One run: few environments, and no MaximumConcurrency, which is AWS's default."""

    environments: int = 2
    parameters: Mapping[str, str] = field(default_factory=dict)
    waiting: int = 1_000_000  #: messages in the queue at most
    changes: int = 0

    def backlog(self, *, seconds: float) -> None:
        """Send everything at once, and wait until the queue is empty."""
        sqs = self.sqs
        with running(self._settings(), self.folder / "steady.log"):
            self.send(waiting=self.waiting)
            started = time.monotonic()
            self.until(lambda: not depth(sqs, QUEUE), seconds)
            self.seconds = time.monotonic() - started
            self.dead = drained(sqs, DEAD_LETTERS)

    def under_changes(self, *, seconds: float) -> None:
        """Send all the time, and meanwhile change the mapping and the function; stop and start the emulator twice."""
        sqs = self.sqs
        started = time.monotonic()
        sender = threading.Thread(target=self.send, kwargs={"waiting": self.waiting})
        for share, name in ((0.3, "first"), (0.6, "second"), (1.0, "third")):
            with running(self._settings(), self.folder / f"{name}.log") as stack:
                if share < 0.5:
                    sender.start()
                enough = len(self.sent) * share
                self._change_until(stack, partial(self._has_ended, sqs, enough), seconds)
                if share == 1.0:
                    sender.join()
                    self.dead = drained(sqs, DEAD_LETTERS)
        self.seconds = time.monotonic() - started

    def figures(self) -> str:
        return f"{super().figures()}; the mapping or the function changed {self.changes} times"

    @staticmethod
    def _dead(sqs: Any) -> set[int]:
        """Stand in for as many numbers as there are dead letters, so that a failing run ends."""
        return {-1 - number for number in range(depth(sqs, DEAD_LETTERS))}

    def _has_ended(self, sqs: Any, messages: float) -> bool:
        """Whether so many messages are processed, or are dead letters."""
        return len(self.processed | self._dead(sqs)) >= messages

    def _change_until(self, stack: LocalPipeline, over: Callable[[], bool], seconds: float) -> None:
        """Change something again and again, as fast as the mapping takes it."""
        api = lambda_client(stack)
        (mapping,) = api.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
        identifier = mapping["UUID"]
        turns = itertools.cycle(
            [
                lambda: api.update_event_source_mapping(UUID=identifier, BatchSize=3),
                lambda: api.update_event_source_mapping(UUID=identifier, Enabled=False),
                lambda: api.update_event_source_mapping(UUID=identifier, Enabled=True),
                lambda: api.update_function_configuration(FunctionName=FUNCTION, Timeout=21),
                lambda: api.update_event_source_mapping(UUID=identifier, BatchSize=10),
                lambda: api.update_function_configuration(FunctionName=FUNCTION, Timeout=20),
            ]
        )

        def met() -> bool:
            state = api.get_event_source_mapping(UUID=identifier)["State"]
            if state in ("Enabled", "Disabled"):
                next(turns)()
                self.changes += 1
            return over()

        try:
            self.until(met, seconds)
        finally:
            self.until(lambda: api.get_event_source_mapping(UUID=identifier)["State"] in ("Enabled", "Disabled"), 30)
            api.update_event_source_mapping(UUID=identifier, Enabled=True)

    def _settings(self) -> Settings:
        return self.settings(TEMPLATE, self.environments, self.parameters)


def assert_all_healthy(steady: Steady) -> None:
    """Every message was processed, and none is a dead letter: no call failed."""
    assert not steady.dead, steady.figures()
    assert not steady.lost, steady.figures()
