"""`facepipe queues` on a server that shows messages only to receivers: ElasticMQ, and the embedded one without its API."""

from facepipe.client.queues import list_queues
from facepipe.client.received_messages import LOOK_S, ReceivedMessages
from tests.queues.conftest import Sqs


def test_dead_letters_are_looked_at_sent_back_and_deleted(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    for body in ("back", "gone"):
        sqs.send(url, body, MessageAttributes={"n": {"DataType": "String", "StringValue": body}})
    while sqs.receive(url):
        pass
    names = {one.rpartition("/")[2] for one in (url, dead)}
    states = {state.name: state for state in list_queues(sqs.client, {}) if state.name in names}
    desk, letters, jobs = ReceivedMessages(sqs.client, states), dead.rpartition("/")[2], url.rpartition("/")[2]
    looked = desk.look(letters, 10)
    assert (looked.count, sorted(message.body for message in looked.messages)) == (2, ["back", "gone"])
    ids = {message.body: message.id for message in looked.messages}
    assert sqs.receive(dead, WaitTimeSeconds=LOOK_S + 5, VisibilityTimeout=0), "a look hides for some seconds only"
    assert desk.replay(letters, ids["back"]) == jobs
    message = sqs.one(url, MessageAttributeNames=["All"])
    assert (message["Body"], message["MessageAttributes"]["n"]["StringValue"]) == ("back", "back")
    assert sqs.receive(dead, WaitTimeSeconds=LOOK_S + 5, VisibilityTimeout=0)
    desk.delete(letters, ids["gone"])
    assert sqs.attributes(dead, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible") == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
    }
