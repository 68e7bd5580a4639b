"""How errors are spelled: boto3 reads two names of each, that of the model and that of the query protocol.

As recorded on AWS, with boto3.
"""

import pytest

from tests.queues.conftest import Sqs
from tests.queues.servers import name


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "modelled"),
    [
        ("get_queue_url", {"QueueName": name()}, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        (
            "send_message_batch",
            {"Entries": []},
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "EmptyBatchRequest",
        ),
        (
            "receive_message",
            {"MaxNumberOfMessages": 11},
            "InvalidParameterValue",
            "InvalidParameterValueException",
        ),
        ("send_message", {"MessageBody": ""}, "MissingParameter", "MissingRequiredParameterException"),
    ],
    ids=["missing queue", "empty batch", "invalid value", "missing parameter"],
)
def test_an_error_has_the_names_of_both_protocols(
    sqs: Sqs, operation: str, parameters: dict, code: str, modelled: str
) -> None:
    about = {} if operation == "get_queue_url" else {"QueueUrl": sqs.make()}
    error = sqs.error(operation, **about, **parameters)["Error"]
    assert (error["Code"], error.get("QueryErrorCode"), error.get("Type")) == (code, modelled, "Sender")


def test_the_exceptions_of_boto3_are_raised(sqs: Sqs) -> None:
    with pytest.raises(sqs.client.exceptions.QueueDoesNotExist):
        sqs.client.get_queue_url(QueueName=name())
    with pytest.raises(sqs.client.exceptions.ReceiptHandleIsInvalid):
        sqs.client.delete_message(QueueUrl=sqs.make(), ReceiptHandle="garbage")
    with pytest.raises(sqs.client.exceptions.EmptyBatchRequest):
        sqs.client.send_message_batch(QueueUrl=sqs.make(), Entries=[])
