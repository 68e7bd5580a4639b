"""`facepipe send` and `collect` from outside, against a pipeline of other people: only its API's address is given."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.resources import Queue
from facepipe.client.endpoints import queue_url, sqs_client
from tests.command_line import facepipe
from tests.unit.facepipe.client.photo_desk import TAKE, PhotoDesk, photo_desk

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def desk() -> Iterator[PhotoDesk]:
    with photo_desk() as running:
        yield running


@pytest.fixture
def clean(desk: PhotoDesk) -> PhotoDesk:
    """The pipeline with an empty response queue."""
    sqs = sqs_client(desk.endpoints)
    url = queue_url(sqs, "photo-results")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    desk.seen.clear()
    return desk


def photos(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).write_bytes(b"photo")
    return [str(folder / name) for name in names]


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_pipeline_of_other_people_is_found_and_its_results_are_shown_as_json(
    clean: PhotoDesk, tmp_path: Path
) -> None:
    result = facepipe("send", *photos(tmp_path, "a.jpg", "b.jpg"), "--api", clean.endpoints.api)
    assert result.returncode == 0, result.stdout + result.stderr
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.endswith(tuple("0123456789abcdef"))}
    for request in clean.seen:
        assert '{"animals": ["cat", "dog"]}' in lines[request["filename"]]
        assert lines[request["filename"]].endswith(request["request_id"])
    assert "2 of 2 completed, 0 failed" in result.stdout


def test_json_is_one_object_a_line_and_nothing_else(clean: PhotoDesk, tmp_path: Path) -> None:
    names = photos(tmp_path, "a.jpg", "broken-1.jpg")
    result = facepipe("send", *names, "--api", clean.endpoints.api, "--json")
    assert result.returncode == 1
    rows = {row["filename"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert rows["a.jpg"]["state"] == "complete"
    assert rows["a.jpg"]["message"] == {"request_id": rows["a.jpg"]["request_id"], "animals": ["cat", "dog"]}
    assert rows["broken-1.jpg"]["state"] == "failed"
    assert "KeyError: 'gallery'" in rows["broken-1.jpg"]["problem"]
    assert "1 of 2 completed, 1 failed" in result.stderr


def test_a_functions_error_is_shown_after_one_call_with_its_reason_and_the_trace_command(
    clean: PhotoDesk, tmp_path: Path
) -> None:
    result = facepipe("send", *photos(tmp_path, "broken-1.jpg"), "--api", clean.endpoints.api)
    assert result.returncode == 1
    assert len(clean.seen) == 1
    assert "502: function error: KeyError: 'gallery'" in result.stdout
    command = f"facepipe trace {clean.seen[0]['request_id']} --api {clean.endpoints.api}"
    assert command in result.stdout
    assert "KeyError" in facepipe(*command.split()[1:]).stdout


def test_a_refusal_has_the_functions_words(clean: PhotoDesk, tmp_path: Path) -> None:
    result = facepipe("send", *photos(tmp_path, "refused-1.jpg"), "--api", clean.endpoints.api)
    assert result.returncode == 1
    assert "415: no photo" in result.stdout


def test_a_dead_letter_ends_the_wait_with_its_reason(clean: PhotoDesk, tmp_path: Path) -> None:
    arguments = ("--api", clean.endpoints.api, "--timeout", "50")
    result = facepipe("send", *photos(tmp_path, "poison.jpg"), *arguments)
    assert result.returncode == 1
    assert "no result can come: its message in photo-jobs became a dead letter" in words(result.stdout)
    assert "no such model: resnet" in words(result.stdout)


def test_a_failed_batch_that_comes_back_after_the_wait_ends_it(tmp_path: Path) -> None:
    with photo_desk(visibility_s=600, receives=5) as desk:
        result = facepipe("send", *photos(tmp_path, "poison.jpg"), "--api", desk.endpoints.api)
        request_id = desk.seen[0]["request_id"]
        again = facepipe("collect", request_id, "--api", desk.endpoints.api)
    assert "a call for its message in photo-jobs failed" in words(result.stdout)
    assert "no such model: resnet" in words(result.stdout)
    assert "the message is visible again at" in words(result.stdout)
    assert again.returncode == 1
    assert (
        f"{request_id} no result comes before the wait is over: a call for its message in photo-jobs failed"
        in words(again.stdout)
    )


def test_at_the_end_of_the_wait_it_is_said_what_is_known(clean: PhotoDesk, tmp_path: Path) -> None:
    arguments = ("--api", clean.endpoints.api, "--timeout", "1")
    result = facepipe("send", *photos(tmp_path, "forgotten.jpg"), *arguments)
    assert "no result within 1 s: no function has taken its message from a queue" in words(result.stdout)


def test_leftovers_do_not_confuse_it_and_are_told_with_the_command(clean: PhotoDesk, tmp_path: Path) -> None:
    clean.put("photo-results", json.dumps({"request_id": "of-yesterday", "animals": []}))
    clean.put("photo-results", "a result without any id")
    result = facepipe("send", *photos(tmp_path, "a.jpg"), "--api", clean.endpoints.api)
    assert result.returncode == 0
    assert (
        "2 results of other requests lie in the queue photo-results (1 of them without a request_id)" in result.stdout
    )
    assert "facepipe queues photo-results --purge" in result.stdout
    taken = facepipe("collect", "--api", clean.endpoints.api, "--timeout", "2", "--json")
    rows = [json.loads(line) for line in taken.stdout.splitlines()]
    assert {row["request_id"] for row in rows} == {"of-yesterday", None}
    assert {json.dumps(row["message"]) for row in rows} >= {'"a result without any id"'}


def test_the_bench_measures_any_pipeline(clean: PhotoDesk, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `bench` is not installed: scripts/bench does it")
    output, (photo,) = tmp_path / "run", photos(tmp_path, "a.jpg")
    where = ("--running", "--api", clean.endpoints.api, "--photos", photo, "--output", str(output))
    result = facepipe("bench", "pipeline", "-n", "6", "--warm-up", "1", *where)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "6/6 completed, 0 failed" in result.stdout
    content = json.loads(output.with_suffix(".json").read_text())
    assert content["figures"]["client_ms"]["p50"] > 0
    assert content["figures"]["throughput_per_s"] > 0
    assert content["functions"]["invocations"] > 6
    assert content["median_trace"]["spans"]


def interrupt(desk: PhotoDesk, number: signal.Signals, *arguments: str) -> tuple[str, str]:
    """Send photos, interrupt it when the first row is there and another photo waits; return that row, and the rest."""
    desk.forgot.clear()
    command = [sys.executable, "-m", "facepipe", "send", *arguments, "--api", desk.endpoints.api]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        if first.startswith("photo "):
            first = process.stdout.readline()
        assert desk.forgot.wait(60)
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "--json" in arguments or errors == ""
    return first, rest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_came_and_says_how_to_collect_the_rest(
    clean: PhotoDesk, tmp_path: Path, number: signal.Signals
) -> None:
    first, rest = interrupt(clean, number, *photos(tmp_path, "a.jpg", "forgotten.jpg"))
    assert first.startswith("a.jpg"), "a row is shown while other photos are under way"
    assert "1 of 2 completed, 0 failed, 1 not waited for" in rest
    (request_id,) = [request["request_id"] for request in clean.seen if request["filename"] == "forgotten.jpg"]
    command = f"facepipe collect {request_id} --api {clean.endpoints.api}"
    assert command in rest
    clean.put("photo-results", json.dumps({"request_id": request_id, "animals": ["bird"]}))
    collected = facepipe(*command.split()[1:])
    assert collected.returncode == 0, collected.stdout
    assert "bird" in collected.stdout


def test_ctrl_c_of_json_gives_the_ids_that_are_left(clean: PhotoDesk, tmp_path: Path) -> None:
    first, rest = interrupt(clean, signal.SIGINT, *photos(tmp_path, "a.jpg", "forgotten.jpg"), "--json")
    (pending,) = map(json.loads, rest.splitlines())
    assert json.loads(first)["state"] == "complete"
    assert (pending["filename"], pending["state"]) == ("forgotten.jpg", "pending")


def test_ctrl_c_of_collect_keeps_what_came_and_names_the_rest(clean: PhotoDesk) -> None:
    clean.put("photo-results", json.dumps({"request_id": "here", "animals": []}))
    command = [sys.executable, "-m", "facepipe", "collect", "here", "never", "--api", clean.endpoints.api]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout
    assert process.stdout.readline().startswith('here  {"animals": []}')
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=240)
    assert (process.returncode, errors) == (130, "")
    assert "never  stopped before its result came" in rest
    assert f"stopped; collect the rest: facepipe collect never --api {clean.endpoints.api}" in rest


def environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}


WRONG_ADDRESS = {
    "https where http is spoken": ("https{http}", "write http:// instead of https://"),
    "nobody listens": ("http://127.0.0.1:9/", "nothing answers at http://127.0.0.1:9/"),
    "the queues' port": ("{sqs}", "is it a Function URL?"),
    "the API's port": ("{api}", "is it a Function URL?"),
}


@pytest.mark.parametrize("case", WRONG_ADDRESS)
def test_a_wrong_address_is_one_line_with_the_cure(clean: PhotoDesk, tmp_path: Path, case: str) -> None:
    address, said = WRONG_ADDRESS[case]
    url = address.format(
        sqs=clean.endpoints.sqs, api=clean.endpoints.api, http=clean.endpoints.url.removeprefix("http")
    )
    where = ("--url", url, "--sqs", clean.endpoints.sqs, "--response-queue", "photo-results")
    result = facepipe("send", *photos(tmp_path, "1.jpg", "2.jpg", "3.jpg"), *where)
    assert result.returncode == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_a_wrong_queue_is_one_line_with_the_cure(clean: PhotoDesk, tmp_path: Path) -> None:
    result = facepipe(
        "send", *photos(tmp_path, "a.jpg"), "--api", clean.endpoints.api, "--response-queue", "photo-resluts"
    )
    assert result.returncode == 2
    assert "there is no queue photo-resluts" in result.stderr
    assert "--response-queue" in result.stderr


def test_a_url_that_wants_signatures_is_one_line_and_sign_is_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with photo_desk(auth="AWS_IAM") as desk:
        arguments = ("send", *photos(tmp_path, "a.jpg"), "--api", desk.endpoints.api)
        refused = facepipe(*arguments)
        signed = facepipe(*arguments, "--sign")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "answers 403" in refused.stderr
    assert "--sign" in refused.stderr
    assert signed.returncode == 0, signed.stdout


def test_a_functions_dead_letter_queue_is_not_taken_for_the_queue_of_results(tmp_path: Path) -> None:
    take = replace(TAKE, dead_letter_arn="arn:aws:sqs:us-east-1:000000000000:failed-results")
    with photo_desk(more=(Queue("Failed", "failed-results", {}),), take=take) as desk:
        result = facepipe("send", *photos(tmp_path, "a.jpg"), "--api", desk.endpoints.api)
    assert result.returncode == 0, result.stderr
    assert "1 of 1 completed" in result.stdout


def test_where_results_could_come_to_several_queues_they_are_listed(tmp_path: Path) -> None:
    with photo_desk(more=(Queue("Replies", "replies", {}), Queue("Audit", "audit", {}))) as desk:
        arguments = ("send", *photos(tmp_path, "a.jpg"), "--api", desk.endpoints.api)
        listed = facepipe(*arguments)
        named = facepipe(*arguments, "--response-queue", "photo-results")
    assert listed.returncode == 2
    assert "results could come to several queues: photo-results, replies, audit; name one" in listed.stderr
    assert named.returncode == 0, named.stdout


def test_among_other_queues_the_one_named_for_results_is_taken(tmp_path: Path) -> None:
    with photo_desk(more=(Queue("Audit", "audit", {}),)) as desk:
        result = facepipe("send", *photos(tmp_path, "a.jpg"), "--api", desk.endpoints.api)
    assert result.returncode == 0, result.stderr


def test_an_emulator_that_is_named_and_not_there_is_one_line(tmp_path: Path) -> None:
    result = facepipe("send", *photos(tmp_path, "a.jpg"), "--api", "http://127.0.0.1:9")
    assert result.returncode == 2
    assert "no emulator answers at http://127.0.0.1:9" in result.stderr
    assert "facepipe up" in result.stderr
