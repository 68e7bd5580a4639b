"""Queues: their names, attributes, tags and lists.

Expectations: SQS's API Reference and developer guide; words and codes of errors as recorded on AWS.
"""

import json
import time

import pytest

from tests.queues.conftest import Sqs
from tests.queues.servers import ACCOUNT, REGION, QueueServer, name

INVALID_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
MISSING = "QueueDoesNotExist"


def test_a_new_queue_has_the_defaults(sqs: Sqs) -> None:
    before = int(time.time())
    url = sqs.make()
    attributes = sqs.attributes(url)
    assert before <= int(attributes.pop("CreatedTimestamp")) <= time.time() + 1
    assert before <= int(attributes.pop("LastModifiedTimestamp")) <= time.time() + 1
    assert attributes == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


def test_a_new_fifo_queue_has_its_defaults(sqs: Sqs) -> None:
    attributes = sqs.attributes(sqs.make(fifo=True))
    fifo = {"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
    assert {key: attributes.get(key) for key in fifo} == {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
    }


def test_the_url_ends_with_account_and_name_and_begins_as_the_caller_called(server: QueueServer, sqs: Sqs) -> None:
    queue = name()
    url = sqs.client.create_queue(QueueName=queue)["QueueUrl"]
    assert url == f"{server.endpoint}/{ACCOUNT}/{queue}"
    assert sqs.client.get_queue_url(QueueName=queue)["QueueUrl"] == url


@pytest.mark.parametrize(
    "bad", ["a b", "a!", "ü", "x" * 81, "a.b", "a/b"], ids=["blank", "mark", "umlaut", "long", "dot", "slash"]
)
def test_a_name_that_no_queue_can_have_is_refused(sqs: Sqs, bad: str) -> None:
    assert sqs.refused("create_queue", QueueName=bad)[:2] == (400, "InvalidParameterValue")


@pytest.mark.parametrize("good", ["x" * 80, "A-z_0", "-"], ids=["long", "all kinds", "hyphen"])
def test_a_name_may_have_80_letters_digits_hyphens_and_underscores(sqs: Sqs, good: str) -> None:
    url = sqs.client.create_queue(QueueName=good)["QueueUrl"]
    assert url.endswith(f"/{good}")
    sqs.client.delete_queue(QueueUrl=url)


def test_only_a_fifo_queue_s_name_ends_with_fifo(sqs: Sqs) -> None:
    status, code, _ = sqs.refused("create_queue", QueueName=name(), Attributes={"FifoQueue": "true"})
    assert (status, code) == (400, "InvalidParameterValue")
    status, code, _ = sqs.refused("create_queue", QueueName=name(".fifo"))
    assert (status, code) == (400, "InvalidParameterValue")


def test_creating_a_queue_again_finds_it_and_other_attributes_are_refused(sqs: Sqs) -> None:
    queue = name()
    url = sqs.client.create_queue(QueueName=queue, Attributes={"DelaySeconds": "1"})["QueueUrl"]
    assert sqs.client.create_queue(QueueName=queue, Attributes={"DelaySeconds": "1"})["QueueUrl"] == url
    assert sqs.client.create_queue(QueueName=queue)["QueueUrl"] == url
    told = sqs.refused("create_queue", QueueName=queue, Attributes={"DelaySeconds": "2"})
    assert told == (
        400,
        "QueueNameExists",
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
    )


RANGES = [
    ("DelaySeconds", "901"),
    ("DelaySeconds", "-1"),
    ("VisibilityTimeout", "43201"),
    ("MessageRetentionPeriod", "59"),
    ("MessageRetentionPeriod", "1209601"),
    ("MaximumMessageSize", "1023"),
    ("MaximumMessageSize", "1048577"),
    ("ReceiveMessageWaitTimeSeconds", "21"),
    ("VisibilityTimeout", "soon"),
]


@pytest.mark.parametrize(("attribute", "value"), RANGES, ids=[f"{name} {value}" for name, value in RANGES])
def test_an_attribute_outside_its_range_is_refused(sqs: Sqs, attribute: str, value: str) -> None:
    told = sqs.refused("create_queue", QueueName=name(), Attributes={attribute: value})
    assert told[:2] == (400, "InvalidAttributeValue")
    assert f"Invalid value for the parameter {attribute}." in told[2]
    told = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(), Attributes={attribute: value})
    assert told[:2] == (400, "InvalidAttributeValue")


UNKNOWN = [
    ("FifoQueue", "false", "Unknown Attribute FifoQueue."),
    ("ContentBasedDeduplication", "false", "Unknown Attribute ContentBasedDeduplication."),
    ("DeduplicationScope", "queue", "You can specify the DeduplicationScope only when FifoQueue is set to true."),
    ("FifoThroughputLimit", "perQueue", "You can specify the FifoThroughputLimit only when FifoQueue is set to true."),
]


@pytest.mark.parametrize(("attribute", "value", "words"), UNKNOWN, ids=[one[0] for one in UNKNOWN])
def test_a_standard_queue_has_no_attributes_of_fifo_queues(sqs: Sqs, attribute: str, value: str, words: str) -> None:
    told = sqs.refused("create_queue", QueueName=name(), Attributes={attribute: value})
    assert told == (400, "InvalidAttributeName", words)


def test_an_attribute_that_does_not_exist_is_refused(sqs: Sqs) -> None:
    told = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(), Attributes={"Color": "red"})
    assert told[:2] == (400, "InvalidAttributeName")
    told = sqs.refused("get_queue_attributes", QueueUrl=sqs.make(), AttributeNames=["Color"])
    assert told[:2] == (400, "InvalidAttributeName")


def test_attributes_are_set_and_the_others_stay(sqs: Sqs) -> None:
    url = sqs.make(VisibilityTimeout=20, MessageRetentionPeriod=604_800, ReceiveMessageWaitTimeSeconds=10)
    sqs.client.set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": "69", "DelaySeconds": "420", "MaximumMessageSize": "2048"}
    )
    attributes = sqs.attributes(url)
    assert {key: attributes[key] for key in ("VisibilityTimeout", "DelaySeconds", "ReceiveMessageWaitTimeSeconds")} == {
        "VisibilityTimeout": "69",
        "DelaySeconds": "420",
        "ReceiveMessageWaitTimeSeconds": "10",
    }


def test_size_and_retention_are_kept(sqs: Sqs) -> None:
    url = sqs.make(MaximumMessageSize=2048, MessageRetentionPeriod=604_800)
    attributes = sqs.attributes(url)
    assert (attributes["MaximumMessageSize"], attributes["MessageRetentionPeriod"]) == ("2048", "604800")


def test_only_attributes_that_are_asked_for_are_answered(sqs: Sqs) -> None:
    url = sqs.make()
    assert set(sqs.attributes(url, "QueueArn", "DelaySeconds")) == {"QueueArn", "DelaySeconds"}
    assert "Attributes" not in sqs.client.get_queue_attributes(QueueUrl=url)


def test_the_type_of_a_queue_cannot_be_changed(sqs: Sqs) -> None:
    told = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(), Attributes={"FifoQueue": "true"})
    assert told == (400, "InvalidAttributeName", "Unknown Attribute FifoQueue.")
    told = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(fifo=True), Attributes={"FifoQueue": "false"})
    words = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
    assert told == (400, "InvalidAttributeValue", words)


def test_a_policy_is_kept_and_an_empty_one_removes_it(sqs: Sqs) -> None:
    url = sqs.make()
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": sqs.arn(url)}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    assert json.loads(sqs.attributes(url, "Policy")["Policy"])["Statement"][0]["Action"] == "sqs:SendMessage"
    sqs.client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert sqs.attributes(url, "Policy") == {}


def test_permissions_are_added_and_removed_by_label(sqs: Sqs) -> None:
    url = sqs.make()
    given = {"QueueUrl": url, "Label": "other", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}
    sqs.client.add_permission(**given)
    (statement,) = json.loads(sqs.attributes(url, "Policy")["Policy"])["Statement"]
    assert (statement["Sid"], statement["Effect"]) == ("other", "Allow")
    told = sqs.refused("add_permission", **given)
    assert told == (400, "InvalidParameterValue", "Value other for parameter Label is invalid. Reason: Already exists.")
    sqs.client.remove_permission(QueueUrl=url, Label="other")
    told = sqs.refused("remove_permission", QueueUrl=url, Label="other")
    words = "Value other for parameter Label is invalid. Reason: can't find label."
    assert told == (400, "InvalidParameterValue", words)


def test_queues_are_listed_by_prefix(sqs: Sqs) -> None:
    prefix = name("-")
    urls = [sqs.client.create_queue(QueueName=f"{prefix}{n}")["QueueUrl"] for n in range(3)]
    assert sorted(sqs.client.list_queues(QueueNamePrefix=prefix)["QueueUrls"]) == urls
    assert "QueueUrls" not in sqs.client.list_queues(QueueNamePrefix=name("nobody"))


def test_queues_are_listed_in_pages(sqs: Sqs) -> None:
    prefix = name("-")
    urls = [sqs.client.create_queue(QueueName=f"{prefix}{n}")["QueueUrl"] for n in range(5)]
    pages = sqs.client.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2})
    found = [page["QueueUrls"] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(url for page in found for url in page) == urls


def test_without_a_size_a_list_is_one_page(sqs: Sqs) -> None:
    prefix = name("-")
    for n in range(3):
        sqs.client.create_queue(QueueName=f"{prefix}{n}")
    assert "NextToken" not in sqs.client.list_queues(QueueNamePrefix=prefix)


def test_tags_are_set_listed_and_removed(sqs: Sqs) -> None:
    queue = name()
    url = sqs.client.create_queue(QueueName=queue, tags={"made": "with"})["QueueUrl"]
    assert sqs.client.list_queue_tags(QueueUrl=url)["Tags"] == {"made": "with"}
    sqs.client.tag_queue(QueueUrl=url, Tags={"tag1": "value1", "tag3": ""})
    sqs.client.untag_queue(QueueUrl=url, TagKeys=["made", "nothing"])
    assert sqs.client.list_queue_tags(QueueUrl=url)["Tags"] == {"tag1": "value1", "tag3": ""}
    sqs.client.untag_queue(QueueUrl=url, TagKeys=["tag1", "tag3"])
    assert not sqs.client.list_queue_tags(QueueUrl=url).get("Tags")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("send_message", {"MessageBody": "x"}),
        ("receive_message", {}),
        ("delete_message", {"ReceiptHandle": "h"}),
        ("get_queue_attributes", {}),
        ("set_queue_attributes", {"Attributes": {"DelaySeconds": "1"}}),
        ("purge_queue", {}),
        ("delete_queue", {}),
        ("list_queue_tags", {}),
        ("list_dead_letter_source_queues", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_queue_that_does_not_exist_is_refused(
    server: QueueServer, sqs: Sqs, operation: str, parameters: dict
) -> None:
    url = f"{server.endpoint}/{ACCOUNT}/{name()}"
    told = sqs.refused(operation, QueueUrl=url, **parameters)
    assert told == (400, MISSING, "The specified queue does not exist.")


def test_a_url_of_a_queue_that_does_not_exist_is_not_found(sqs: Sqs) -> None:
    assert sqs.refused("get_queue_url", QueueName=name())[:2] == (400, MISSING)


def test_a_deleted_queue_is_gone_with_its_messages(sqs: Sqs) -> None:
    queue = name()
    url = sqs.client.create_queue(QueueName=queue)["QueueUrl"]
    sqs.send(url)
    sqs.client.delete_queue(QueueUrl=url)
    assert sqs.refused("get_queue_url", QueueName=queue)[1] == MISSING
    assert sqs.refused("receive_message", QueueUrl=url)[1] == MISSING


def test_a_purged_queue_is_empty_and_is_purged_once_a_minute(sqs: Sqs) -> None:
    url = sqs.make()
    for _ in range(3):
        sqs.send(url)
    sqs.receive(url, 1)
    sqs.client.purge_queue(QueueUrl=url)
    assert sqs.attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible") == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
    }
    words = f"Only one PurgeQueue operation on {url.rpartition('/')[2]} is allowed every 60 seconds."
    told = sqs.refused("purge_queue", QueueUrl=url)
    assert told == (403, "PurgeQueueInProgress", words)


@pytest.mark.parametrize(
    "written",
    ["{name}", "http://127.0.0.1:1/000000000000/{name}", "https://sqs.eu-west-1.amazonaws.com/123456789012/{name}"],
    ids=["name", "other host", "AWS's URL"],
)
def test_a_queue_may_be_named_by_its_name_or_a_url_of_any_host_and_account(sqs: Sqs, written: str) -> None:
    """Not as on AWS, where a URL must be right: programs that were set up for other hosts find their queues here."""
    url = sqs.make()
    sqs.send(written.format(name=url.rpartition("/")[2]), "found")
    assert sqs.bodies(url) == ["found"]


def test_a_queue_is_found_whatever_region_the_caller_signs_for(server: QueueServer, sqs: Sqs) -> None:
    """Not as on AWS: there is one region here, whose name ARNs carry."""
    url = sqs.make()
    elsewhere = Sqs(server.client("eu-central-1"))
    elsewhere.send(url, "from elsewhere")
    assert sqs.bodies(url) == ["from elsewhere"]
    assert f":{REGION}:" in elsewhere.arn(url)
