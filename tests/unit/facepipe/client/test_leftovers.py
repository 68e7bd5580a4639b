"""Results of other requests in the response queue: nobody waits for them, nor because of them. In virtual time."""

import json
import random
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import Credentials
from rich.console import Console

from facepipe.client import collecting, posts, progress, send
from facepipe.client.collect import CollectedResult, Collector
from facepipe.client.endpoints import EndpointError, Endpoints
from facepipe.client.others import HIDDEN_S, LONGEST_S
from facepipe.client.photo_rows import SendOptions
from facepipe.client.photos import Frame
from facepipe.client.result_view import TerminalResults
from tests.unit.facepipe.client.queue_model import Clock, QueueModel
from tests.unit.facepipe.client.test_send import Camera, camera  # noqa: F401 - a fixture

LEFTOVERS = 250
RECEIVES = LEFTOVERS // 10 + 2  #: what it takes to go through them, and to see that there are no more
CAMERA = Path(__file__).resolve().parents[4] / "examples/camera.py"

FAST = pytest.param(0.005, None, id="fast server")
SLOW = pytest.param(0.08, None, id="slow server")  # a second's visibility is over before 124 results were received
SAMPLING = pytest.param(0.02, 7, id="any order")
SERVERS = pytest.mark.parametrize(("latency_s", "seed"), [FAST, SLOW, SAMPLING])


def result(request_id: str) -> str:
    return json.dumps({"request_id": request_id, "result": "Grace Hopper"})


def queue(leftovers: int, latency_s: float = 0.02, seed: int | None = None) -> QueueModel:
    model = QueueModel(Clock(), latency_s, dice=None if seed is None else random.Random(seed))
    results = [result(f"old-{number}") for number in range(leftovers)]
    model.put(*results)
    return model


def find(model: QueueModel, request_id: str, *, timeout_s: float) -> CollectedResult | None:
    """Look for one result as `facepipe collect` does, and say when it was found."""
    end = model.clock() + timeout_s
    with Collector(model, "http://sqs/0/results", clock=model.clock) as collector:
        while model.clock() < end:
            for answer in collector.poll({request_id: None}, wait_s=1):
                return answer
    return None


@SERVERS
@pytest.mark.parametrize("leftovers", [0, LEFTOVERS])
def test_a_result_behind_leftovers_is_found_after_going_through_them_once(
    leftovers: int, latency_s: float, seed: int | None
) -> None:
    model = queue(leftovers, latency_s, seed)
    model.put(result("mine"))
    assert find(model, "mine", timeout_s=5)
    assert model.requests["receive"] <= 1 + leftovers // 10
    assert model.visible == leftovers, "all of them are handed back"


@SERVERS
@pytest.mark.parametrize("at", [0.3, 2.0, 10.0, 50.0])
def test_a_result_that_comes_later_is_found_about_as_fast_as_without_leftovers(
    at: float, latency_s: float, seed: int | None
) -> None:
    model = queue(LEFTOVERS, latency_s, seed)
    model.put(result("mine"), at=at)
    assert find(model, "mine", timeout_s=60)
    # At worst the client has just begun to put back what it has seen, in tens.
    assert model.clock() - at <= 2 * RECEIVES * latency_s + 0.1


def test_while_a_client_waits_the_queue_is_at_rest_and_receive_counts_stay_low() -> None:
    """Each receive costs a message a life where the queue has dead letters."""
    model = queue(LEFTOVERS)
    assert find(model, "never", timeout_s=60) is None
    assert max(one.received for one in model.messages) <= 2 + 5 + 60 / LONGEST_S
    assert sum(model.requests.values()) < 60 * 10
    assert model.visible == LEFTOVERS


@SERVERS
@pytest.mark.parametrize("leftovers", [0, LEFTOVERS])
def test_clients_at_once_each_find_theirs(leftovers: int, latency_s: float, seed: int | None) -> None:
    model = queue(leftovers, latency_s, seed)
    names = [f"{client}-{number}" for client in "abc" for number in range(4)]
    for number, name in enumerate(names):
        model.put(result(name), at=0.5 + number % 4 * 0.7)
    late: dict[str, float] = {}

    def client(letter: str) -> None:
        mine = {name: None for name in names if name.startswith(letter)}
        with Collector(model, "http://sqs/0/results", clock=model.clock) as collector:
            while mine.keys() - late.keys() and model.clock() < 30:
                for answer in collector.poll(mine, wait_s=1):
                    late[answer.request_id] = model.clock() - answer.sent_ms / 1000

    model.clock.together(lambda: client("a"), lambda: client("b"), lambda: client("c"))
    assert late.keys() == set(names)
    # A stranger may take a result twice before its owner does, and even a third time: that hides it for 1 + 2 s.
    assert max(late.values()) <= 3 * RECEIVES * latency_s + 4
    model.clock.sleep(LONGEST_S)
    assert model.visible == leftovers


def test_a_client_that_was_killed_hides_nothing_for_long() -> None:
    model = queue(LEFTOVERS)
    killed = Collector(model, "http://sqs/0/results", clock=model.clock)
    for _ in range(RECEIVES):
        list(killed.poll({}, wait_s=1))
    assert find(model, "old-0", timeout_s=30)


def test_a_result_that_comes_twice_is_given_twice_and_both_are_deleted() -> None:
    model = queue(0)
    model.put(result("mine"), result("mine"), result("not mine"))
    with Collector(model, "http://sqs/0/results", clock=model.clock) as collector:
        assert [answer.request_id for answer in collector.poll({"mine": None}, wait_s=1)] == ["mine", "mine"]
    assert [one.body for one in model.messages] == [result("not mine")]


def test_what_is_no_result_at_all_is_left_alone() -> None:
    model = queue(0)
    model.put("[", "{}", result("mine"))
    assert find(model, "mine", timeout_s=5)
    assert model.visible == 2


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[set[str], str]]:
    """`facepipe collect` on a model: which results are missing, and what a person sees."""

    def collect(model: QueueModel, *request_ids: str, timeout_s: float = 5) -> tuple[set[str], str]:
        collector = Collector(model, "http://sqs/0/results", clock=model.clock)
        monkeypatch.setattr(progress, "collector_of", lambda _: collector)
        monkeypatch.setattr(collecting, "time", SimpleNamespace(monotonic=model.clock))
        console = Console(record=True, width=200)
        view = TerminalResults(console)
        return progress.collect_and_show(request_ids, timeout_s, Endpoints(), view), console.export_text()

    return collect


def test_collect_finds_its_result_and_says_what_lies_there(shown) -> None:
    model = queue(LEFTOVERS, latency_s=0.08)
    model.put(result("mine"))
    missing, text = shown(model, "mine")
    assert not missing
    assert (
        "250 results of other requests lie in the queue results: `facepipe collect` takes them,"
        " `facepipe queues results --purge` deletes them" in text
    )


def test_collect_says_nothing_where_nothing_lies(shown) -> None:
    model = queue(0)
    model.put(result("mine"))
    assert shown(model, "mine")[1].split() == ["mine", "Grace", "Hopper"]


def test_collect_without_ids_takes_everything(shown) -> None:
    model = queue(LEFTOVERS)
    _, text = shown(model, timeout_s=30)
    assert text.count("Grace Hopper") == LEFTOVERS
    assert "no result" not in text
    assert not model.messages


def test_collect_without_ids_says_that_nothing_came(shown) -> None:
    assert shown(queue(0))[1].startswith("no result came within 5 s")


@pytest.mark.parametrize("leftovers", [0, LEFTOVERS])
def test_send_finds_its_results_behind_leftovers(
    camera: Callable[..., Camera],  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    leftovers: int,
) -> None:
    """The photos go over HTTP, and the time in which their results are looked for is virtual."""
    model = queue(leftovers, latency_s=0.08)
    for module in (send, posts):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=model.clock, time=model.clock))

    def answer(message: dict[str, Any], attempt: int) -> int:
        model.put(result(message["request_id"]), at=model.clock())
        return 200

    with Collector(model, "http://sqs/0/results", clock=model.clock) as collector:
        plan = SendOptions(camera(answer).url, in_flight=1, timeout_s=8)
        rows = send.Sending(plan, collector, lambda _: None).run([Frame(f"{n}.jpg", b"photo") for n in range(3)])
    assert [row.problem for row in rows] == ["", "", ""]
    assert collector.leftovers.startswith(f"{leftovers} results of other" if leftovers else "")


@pytest.mark.parametrize("leftovers", [0, LEFTOVERS])
@pytest.mark.parametrize("latency_s", [0.005, 0.08])
def test_the_camera_finds_its_results_behind_leftovers(
    run_camera: Callable[[QueueModel], tuple[list[str], str]], leftovers: int, latency_s: float
) -> None:
    model = queue(leftovers, latency_s)
    printed, said = run_camera(model)
    assert printed == [f"{number}.jpg: Grace Hopper" for number in range(3)]
    assert model.clock() <= 0.5 + 4 * RECEIVES * latency_s
    assert len(model.messages) == leftovers
    assert said.startswith(f"{leftovers} results of other requests lie in the queue" if leftovers else "")
    assert bool(said) is bool(leftovers)


@pytest.fixture
def run_camera(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[QueueModel], tuple[list[str], str]]:
    """examples/camera.py with three photos: what it prints, and what it says besides."""

    def run(model: QueueModel) -> tuple[list[str], str]:
        for name, value in stand_ins(model).items():
            monkeypatch.setattr(name, value)
        photos = [tmp_path / f"{number}.jpg" for number in range(3)]
        for photo in photos:
            photo.write_bytes(b"photo")
        monkeypatch.setattr(sys, "argv", [str(CAMERA), *map(str, photos)])
        monkeypatch.setenv("FACEPIPE_RESPONSES", "http://127.0.0.1:1/0/results")
        runpy.run_path(str(CAMERA))
        said = capsys.readouterr()
        return sorted(said.out.replace(f"{tmp_path}/", "").splitlines()), said.err

    return run


def stand_ins(model: QueueModel) -> dict[str, object]:
    """A pipeline that takes half a second, for a program that knows boto3 and requests."""

    def post(url: str, data: str, **_: object) -> SimpleNamespace:
        model.put(result(json.loads(data)["request_id"]), at=model.clock() + 0.5)
        return SimpleNamespace(status_code=200)

    keys = Credentials("test", "test")
    session = SimpleNamespace(client=lambda *_, **__: model, get_credentials=lambda: keys, region_name="us-east-1")
    return {"boto3.Session": lambda **_: session, "requests.post": post}


def test_what_a_poll_brings_is_deleted_in_one_call() -> None:
    model = queue(0)
    for number in range(7):
        model.put(result(f"mine-{number}"))
    with Collector(model, "http://sqs/0/results", clock=model.clock) as collector:
        assert len(list(collector.poll(None, wait_s=1))) == 7
        assert list(collector.poll(None, wait_s=0)) == []
    assert (model.messages, model.requests["delete"]) == ([], 1)


def test_who_stops_between_two_results_of_a_poll_loses_none() -> None:
    model = queue(0)
    for number in range(3):
        model.put(result(f"mine-{number}"))
    with Collector(model, "http://sqs/0/results", clock=model.clock) as collector:
        for answer in collector.poll(None, wait_s=1):
            first = answer.request_id
            break
        model.clock.sleep(HIDDEN_S)
        assert {answer.request_id for answer in collector.poll(None, wait_s=1)} == {
            f"mine-{number}" for number in range(3)
        } - {first}


class Refusing(QueueModel):
    """A server that fails to delete: for the caller's fault or its own."""

    senders_fault = True

    def delete_message_batch(self, **asked: Any) -> dict[str, Any]:
        failed = {"SenderFault": self.senders_fault, "Code": "ReceiptHandleIsInvalid", "Message": "no such handle"}
        return {"Failed": [{"Id": entry["Id"], **failed} for entry in asked["Entries"]]}


def test_a_delete_that_is_refused_says_so_and_one_that_failed_brings_the_result_again() -> None:
    model = Refusing(Clock())
    model.put(result("mine"))
    collector = Collector(model, "http://sqs/0/results", clock=model.clock)
    with pytest.raises(EndpointError, match="no such handle"):
        list(collector.poll(None, wait_s=1))
    model.senders_fault = False
    for _ in range(2):
        model.clock.sleep(HIDDEN_S)
        assert [answer.request_id for answer in collector.poll(None, wait_s=1)] == ["mine"]
