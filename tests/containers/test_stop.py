"""`docker compose stop` while a call is in flight: it ends well, and its photo is not lost."""

import base64
import threading
from pathlib import Path

import httpx

from tests.acceptance.compose import ComposePipeline
from tests.acceptance.pipelines import request

SECONDS = 120  #: until we give up


def test_a_call_in_flight_ends_before_the_containers_do(containers: ComposePipeline, samples: Path) -> None:
    containers.wait_until_ready()  # the test before has killed and restarted everything
    (function,) = containers.containers("face-detection")
    (emulator,) = containers.containers("emulator")
    content = base64.b64encode((samples / "grace_hopper.jpg").read_bytes()).decode()
    answers: list[httpx.Response] = []
    sender = threading.Thread(target=lambda: answers.append(containers.post(request(content))))
    stopper = threading.Thread(target=containers.compose, args=("stop",))

    def is_busy() -> bool:
        return bool(httpx.get(containers.health).json()["functions"]["face-detection"]["busy"] == 1)

    function.pause()  # its call takes as long as we like
    try:
        sender.start()
        assert containers.eventually(is_busy)
        stopper.start()
        assert containers.eventually(lambda: b"stopping: finishing what is in flight" in emulator.logs())
        function.reload()
        assert function.status == "paused", "it was not stopped along with the emulator"
    finally:
        function.unpause()
        sender.join(SECONDS)
    stopper.join(SECONDS)
    assert [answer.status_code for answer in answers] == [200]
