"""`facepipe queues`: looking at messages, deleting one, sending dead letters back; on both kinds of servers."""

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from rich.console import Console

from emulator.journal.entries import Entry, Kind
from facepipe.client import queue_desk
from facepipe.client.emulator_messages import oldest_ages
from facepipe.client.endpoints import EndpointError
from facepipe.client.message_view import shortened, size
from facepipe.client.messages import MessageDesk
from facepipe.client.queues import QueueState, list_queues
from tests.unit.facepipe.client.consoles import written
from tests.unit.facepipe.client.own_queues import OwnQueues, own_queues


@pytest.fixture(scope="module")
def server() -> Iterator[OwnQueues]:
    with own_queues() as one:
        yield one


@dataclass
class Desk:
    """A queue `jobs` with dead letters in `dead`, and what looks at them."""

    server: OwnQueues
    own: bool

    def __post_init__(self) -> None:
        sqs = self.sqs
        for url in sqs.list_queues().get("QueueUrls", []):
            sqs.delete_queue(QueueUrl=url)
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})

    @property
    def sqs(self) -> Any:
        return self.server.sqs

    @property
    def states(self) -> list[QueueState]:
        return list_queues(self.sqs, oldest_ages(self.server.url) if self.own else {})

    @property
    def desk(self) -> MessageDesk:
        return queue_desk.open_desk(self.server.url, self.sqs, self.states, own=self.own)

    def kill(self, *bodies: str) -> list[str]:
        """Have messages become dead letters; return their ids."""
        ids = [self.sqs.send_message(QueueUrl="jobs", MessageBody=body)["MessageId"] for body in bodies]
        for _ in bodies:
            self.sqs.receive_message(QueueUrl="jobs", VisibilityTimeout=0)
        while self.sqs.receive_message(QueueUrl="jobs", VisibilityTimeout=0).get("Messages"):
            pass
        return ids

    def bodies(self, queue: str) -> list[str]:
        """What lies in a queue, seen from the emulator's own side."""
        look = queue_desk.open_desk(self.server.url, self.sqs, self.states, own=True).look(queue, 100)
        return [message.body for message in look.messages]

    def shown(self, *names: str, **options: Any) -> str:
        """What is printed of some queues in a terminal of 80 columns."""
        console = Console(width=80, file=io.StringIO())
        queues = [state for state in self.states if state.name in names]
        queue_desk.show_messages(self.desk, queues, console, limit=options.pop("limit", 20), **options)
        return written(console)


@pytest.fixture(params=[True, False], ids=["own queues", "another server"])
def desk(server: OwnQueues, request: pytest.FixtureRequest) -> Desk:
    return Desk(server, request.param)


@pytest.fixture
def own(server: OwnQueues) -> Desk:
    return Desk(server, own=True)


def test_a_dead_letter_is_shown_with_body_attributes_and_receives(desk: Desk) -> None:
    (first,) = desk.kill("first")
    attributes = {
        "n": {"DataType": "Number", "StringValue": "1"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00" * 30},
    }
    desk.sqs.send_message(QueueUrl="dead", MessageBody="by hand", MessageAttributes=attributes)
    text = desk.shown("dead")
    assert "dead: 2 messages" in text
    assert first in text
    assert "body: first" in text
    assert "dead letter of: jobs" in text
    assert "attributes: n=1  b=<30 B>" in text
    assert re.search(r"\d s old", text)


def test_a_look_changes_nothing_in_the_emulators_own_queues(own: Desk) -> None:
    own.sqs.send_message(QueueUrl="jobs", MessageBody="x")
    for _ in range(3):
        assert re.search(r"received 0 times, \d+ s old, visible, 1 B", own.shown("jobs"))
    assert own.sqs.receive_message(QueueUrl="jobs")["Messages"], "its one receive is left"
    assert "in flight until " in own.shown("jobs")


def test_another_servers_queue_is_not_looked_into_where_a_receive_would_cost_a_life(server: OwnQueues) -> None:
    desk = Desk(server, own=False)
    desk.sqs.send_message(QueueUrl="jobs", MessageBody="x")
    with pytest.raises(EndpointError, match="jobs cannot be looked into: .* each receive counts"):
        desk.shown("jobs")
    assert "jobs cannot be looked into" in " ".join(desk.shown("jobs", "dead").split())
    assert desk.sqs.receive_message(QueueUrl="jobs")["Messages"]


def test_another_server_hides_what_is_looked_at_and_this_is_said(server: OwnQueues) -> None:
    desk = Desk(server, own=False)
    desk.sqs.send_message(QueueUrl="dead", MessageBody="x")
    assert "hidden for 5 s" in " ".join(desk.shown("dead").split())


def test_why_a_message_died_comes_from_the_journal(own: Desk) -> None:
    first, second = own.kill("first", "second")
    detail = {"queue": "jobs", "reason": "face-recognition failed: [red]out[/red] of memory"}
    own.server.note(Entry(Kind.DEAD_LETTERED, at_ms=1.0, message_id=first, detail=detail))
    text = own.shown("dead", api=own.server.url)
    assert "died of: jobs: face-recognition failed: [red]out[/red] of memory" in " ".join(text.split())
    assert second in text
    assert text.count("died of") == 1


def test_a_message_is_deleted(desk: Desk) -> None:
    first, _ = desk.kill("first", "second")
    letters = queue_desk.dead_letter_queues(desk.states, desk.states)
    assert queue_desk.delete_message(desk.desk, letters, first) == "dead"
    assert desk.bodies("dead") == ["second"]


def test_a_message_in_flight_is_deleted_from_own_queues(own: Desk) -> None:
    sent = own.sqs.send_message(QueueUrl="jobs", MessageBody="x")["MessageId"]
    own.sqs.receive_message(QueueUrl="jobs")
    assert queue_desk.delete_message(own.desk, own.states, sent) == "jobs"
    assert own.bodies("jobs") == []


def test_a_message_that_is_nowhere_is_an_error(desk: Desk) -> None:
    for act in (queue_desk.delete_message, queue_desk.replay_message):
        with pytest.raises(EndpointError, match="no message nothing"):
            act(desk.desk, [state for state in desk.states if state.name == "dead"], "nothing")
        with pytest.raises(EndpointError, match="no message nothing in dead, jobs could be changed"):
            act(desk.desk, desk.states, "nothing")


def test_a_dead_letter_goes_back(desk: Desk) -> None:
    _, second = desk.kill("first", "second")
    letters = queue_desk.dead_letter_queues(desk.states, desk.states)
    assert queue_desk.replay_message(desk.desk, letters, second) == "jobs"
    assert (desk.bodies("dead"), desk.bodies("jobs")) == (["first"], ["second"])


def test_all_dead_letters_go_back(desk: Desk) -> None:
    desk.kill(*map(str, range(12)))
    desk.sqs.send_message(QueueUrl="dead", MessageBody="by hand")
    console = Console(width=80, file=io.StringIO())
    queue_desk.replay_all(desk.desk, queue_desk.dead_letter_queues(desk.states, desk.states), console)
    assert written(console) == "dead: 13 messages moved back\n"
    assert desk.bodies("dead") == []
    assert sorted(desk.bodies("jobs")) == sorted([*map(str, range(12)), "by hand"])


def test_a_queue_stands_for_its_dead_letters(own: Desk) -> None:
    (jobs,) = [state for state in own.states if state.name == "jobs"]
    (letters,) = queue_desk.dead_letter_queues([jobs], own.states)
    assert letters.name == "dead"


def test_the_age_of_own_queues_is_told_without_a_receive(own: Desk) -> None:
    own.sqs.send_message(QueueUrl="jobs", MessageBody="x")
    ages = {state.name: state.oldest_s for state in own.states}
    assert ages["dead"] is None
    assert ages["jobs"] is not None
    assert own.desk.look("jobs", 1).messages[0].received == 0


def test_as_many_are_shown_as_wanted_and_the_rest_is_counted(own: Desk) -> None:
    for n in range(5):
        own.sqs.send_message(QueueUrl="jobs", MessageBody=str(n))
    text = own.shown("jobs", limit=2)
    assert ("body: 1" in text, "body: 2" in text, "and 3 more" in text) == (True, False, True)


def test_lines_fit_into_80_columns(own: Desk) -> None:
    body = json.dumps({"request_id": "r" * 200, "faces": [{"box": [0.1234567] * 4, "image": "x" * 5_000}] * 9})
    attributes = {f"name-{n}": {"DataType": "String", "StringValue": "v" * 100} for n in range(10)}
    own.sqs.send_message(QueueUrl="jobs", MessageBody=body, MessageAttributes=attributes)
    text = own.shown("jobs")
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 25


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 34_000).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"\x00" * 200).decode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("short", "short"),
        ("x" * 1_000, "x" * 300 + "… (1000 B)"),
        (json.dumps({"content": PNG, "n": 1}), '{"content": "<PNG, 33.2 KB>", "n": 1}'),
        (json.dumps({"faces": [{"image": JPEG}]}), '{"faces": [{"image": "<JPEG, 204 B>"}]}'),
        (json.dumps({"url": f"data:image/png;base64,{PNG}"}), '{"url": "<PNG, 33.2 KB>"}'),
        (PNG, "<PNG, 33.2 KB>"),
        (json.dumps({"text": "y" * 100}), json.dumps({"text": "y" * 60}, ensure_ascii=False)[:-2] + '… (100 B)"}'),
        ('"only a text"', '"only a text"'),
        ("[" * 100_000, "[" * 300 + "… (97.7 KB)"),
        (json.dumps({"box": [0.123456, 2.0]}), '{"box": [0.123, 2.0]}'),
    ],
    ids=["short", "long", "photo", "crop", "data URL", "bare picture", "long text", "JSON text", "deep", "numbers"],
)
def test_photos_are_sizes_and_long_texts_are_cut(body: str, expected: str) -> None:
    assert shortened(body) == expected


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1_023, "1023 B"), (1_024, "1.0 KB"), (200_000, "195 KB"), (5 << 20, "5.0 MB")],
)
def test_sizes_are_said_in_units(count: int, text: str) -> None:
    assert size(count) == text


def test_without_an_emulator_there_are_no_ages() -> None:
    assert oldest_ages("") is None
    assert oldest_ages("http://127.0.0.1:1") is None
