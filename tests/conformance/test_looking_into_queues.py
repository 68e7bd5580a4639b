"""`facepipe queues` as a person uses it, on the emulator's own queues and a mapping whose function fails."""

import re
import subprocess
import sys

import httpx

from facepipe.paths import Paths
from tests.conformance.conftest import Tiny


def queues(tiny: Tiny, *arguments: str) -> str:
    endpoints = tiny.stack.endpoints
    command = [sys.executable, "-m", "facepipe", "queues", *arguments, "--sqs", endpoints.sqs, "--api", endpoints.api]
    done = subprocess.run(command, cwd=Paths().root, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dead_letters(tiny: Tiny) -> dict[str, str]:
    """The bodies of the dead letters by their ids; other tests may leave some."""
    page = httpx.get(f"{tiny.stack.endpoints.api}/queues/jobs-dead/messages").json()
    return {message["id"]: message["body"] for message in page["messages"]}


def test_a_dead_letter_says_why_it_died_and_goes_back_or_is_deleted(tiny: Tiny) -> None:
    (sent,) = tiny.put("jobs", "raise")
    assert tiny.eventually(lambda: sent in dead_letters(tiny))
    told = " ".join(queues(tiny, "--dead").split())
    assert sent in told
    assert re.search(r"received [23] times", told)
    assert "body: raise" in told
    assert "dead letter of: jobs" in told
    assert "died of: jobs: " in told
    assert "ValueError" in told or "told to" in told
    before = dead_letters(tiny).keys()
    assert f"{sent}: moved back to jobs" in queues(tiny, "--replay", sent)
    assert sent not in dead_letters(tiny)
    assert tiny.eventually(lambda: dead_letters(tiny).keys() - before), "it fails again, as a new message"
    (again,) = dead_letters(tiny).keys() - before
    assert dead_letters(tiny)[again] == "raise"
    assert f"{again}: deleted from jobs-dead" in queues(tiny, "jobs-dead", "--delete", again)
    assert again not in dead_letters(tiny)


def test_the_start_says_the_region_that_arns_carry(tiny: Tiny) -> None:
    assert f"  http://127.0.0.1:{tiny.stack.ports.sqs} in region us-east-1; calls may be signed for any" in tiny.log()


def test_functions_do_not_look_into_queues(tiny: Tiny) -> None:
    answer = httpx.get(f"http://127.0.0.1:{tiny.stack.ports.functions}/queues/jobs/messages")
    assert (answer.status_code, "is not for functions" in answer.text) == (403, True)
