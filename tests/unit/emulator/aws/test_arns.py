"""ARNs, as Lambda's, SQS's and IAM's documentation spells them."""

import pytest

from emulator.aws.arns import Arns, FunctionReference, QueueReference, is_arn, read_function, read_queue, resource_name

ARNS = Arns("eu-west-1", "123456789012")


def test_each_resource_has_its_own_form() -> None:
    assert ARNS.function("worker") == "arn:aws:lambda:eu-west-1:123456789012:function:worker"
    assert ARNS.function("worker", "$LATEST") == "arn:aws:lambda:eu-west-1:123456789012:function:worker:$LATEST"
    assert ARNS.mapping("u-1") == "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:u-1"
    assert ARNS.queue("jobs.fifo") == "arn:aws:sqs:eu-west-1:123456789012:jobs.fifo"
    assert ARNS.user("local") == "arn:aws:iam::123456789012:user/local"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("worker", FunctionReference("worker")),
        ("worker:live", FunctionReference("worker", qualifier="live")),
        ("function:worker", FunctionReference("worker")),
        ("123456789012:function:worker", FunctionReference("worker", account_id="123456789012")),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:worker:$LATEST",
            FunctionReference("worker", region="eu-west-1", account_id="123456789012", qualifier="$LATEST"),
        ),
        ("arn:aws:sqs:eu-west-1:123456789012:jobs", None),
        ("no name", None),
        ("", None),
    ],
)
def test_a_function_is_named_by_name_arn_or_partial_arn(text: str, expected: FunctionReference | None) -> None:
    assert read_function(text) == expected


def test_the_name_of_a_queue_is_the_end_of_its_arn() -> None:
    assert resource_name(ARNS.queue("jobs")) == resource_name("jobs") == "jobs"
    assert is_arn(ARNS.queue("jobs"))
    assert not is_arn("jobs")


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:sqs:eu-west-1:123456789012:jobs", QueueReference("jobs", "eu-west-1", "123456789012")),
        ("arn:aws-cn:sqs:cn-north-1:123456789012:a.fifo", QueueReference("a.fifo", "cn-north-1", "123456789012")),
        ("arn:aws:sqs:eu-west-1:123456789012:no name", None),
        (f"arn:aws:sqs:eu-west-1:123456789012:{'x' * 81}", None),
        ("arn:aws:sqs:eu-west-1:12:jobs", None),
        ("arn:aws:sns:eu-west-1:123456789012:jobs", None),
        ("jobs", None),
    ],
)
def test_a_queues_arn_is_read(arn: str, expected: QueueReference | None) -> None:
    assert read_queue(arn) == expected
