"""The process of a measured function: calls it with events as the Lambda runtime does, on one processor.

    python -P -m facepipe.bench.measured_handler ORDER     # JSON: the fields of `HandlerOrder`

Events come on standard input, one a line; an answer a line goes to standard output. What the function writes there
goes to /dev/null. What is measured is processor time: of this process in all, and by stage if that is ordered.
"""

import importlib
import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from facepipe.bench.stage_clock import StageClock, StagePlace, install


@dataclass(frozen=True, slots=True)
class HandlerOrder:
    """What the process is to measure."""

    module: str  #: what Lambda imports; its handler is called `handler`
    sources: str  #: the folder of services/: of this checkout, or of another to compare with
    processor: int  #: the number of the one that it may use
    places: list[list[str]]  #: the stages, as `StagePlace`'s fields; none: only the sum is measured


def main() -> None:
    """Answer events until standard input ends."""
    order = HandlerOrder(**json.loads(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.sched_setaffinity(0, {order.processor})  # first: libraries make as many threads as they see processors
    sys.path.insert(0, order.sources)
    clock = StageClock()
    install((StagePlace(*fields) for fields in order.places), clock)
    handler = importlib.import_module(order.module).handler
    from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # noqa: PLC0415 - after the stages are there

    marshaller = LambdaMarshaller()
    answers.write("ready\n")
    answers.flush()
    while event := sys.stdin.buffer.readline():
        clock.take()
        used, wall = time.process_time_ns(), time.perf_counter_ns()
        response, _ = marshaller.marshal_response(handler(marshaller.unmarshal_request(event), None))
        used, wall = time.process_time_ns() - used, time.perf_counter_ns() - wall
        measured: dict[str, Any] = {"processor_ms": used / 1e6, "wall_ms": wall / 1e6, "stages_ms": clock.take()}
        answers.write(json.dumps({**measured, "response": json.loads(response)}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
