"""RIE never panics (docs/rie.md, RIE-1), whatever callers do: mixed load, callers that go away, bad requests, time-outs."""

import contextlib
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from facepipe.client.sketch import camera_like_frames
from tests.acceptance.compose import ComposePipeline
from tests.acceptance.pipelines import request

SECONDS = float(os.environ.get("FACEPIPE_SOAK_S", "30"))
PAUSE_S = float(os.environ.get("FACEPIPE_SOAK_PAUSE_S", "0"))  #: at most, between two calls of one of the eight callers

pytestmark = pytest.mark.timeout(SECONDS + 600)


def test_rie_never_panics(containers: ComposePipeline, samples: Path, record_figure: Callable[[str], None]) -> None:
    import base64

    photos = [base64.b64encode(frame.content).decode() for frame in camera_like_frames(samples)]
    end, numbers, answers = time.monotonic() + SECONDS, itertools.count(), Counter[int | str]()
    chance = random.Random(1)

    def caller(_: int) -> None:
        with httpx.Client() as http:
            while time.monotonic() < end:
                time.sleep(chance.random() * PAUSE_S)
                body = request(chance.choice(photos), f"soak-{next(numbers)}") if chance.random() < 0.9 else "nonsense"
                patience = chance.choice((0.01, 0.05, 0.2, 30, 30, 30))
                try:
                    answers[http.post(containers.endpoints.url, content=body, timeout=patience).status_code] += 1
                except httpx.HTTPError:
                    answers["gave up"] += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(caller, range(8)))
    log = containers.compose("logs", "emulator").stdout
    panics = log.count("exit code 2") + log.count("nil pointer")
    with contextlib.suppress(httpx.HTTPError):
        containers.eventually(lambda: containers.depth("facepipe-requests") == 0, seconds=240)
    record_figure(f"{SECONDS:g} s of mixed load: {sum(answers.values())} calls {dict(answers)}, {panics} panics of RIE")
    assert panics == 0
    assert answers[200] > 0
    assert answers["gave up"] > 0
    assert answers[502] == 0
    assert containers.depth("facepipe-requests-dlq") == 0
