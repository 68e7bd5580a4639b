"""What is checked of each peer: cases of the conformance suite by topic, and a few that the suite does not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from facepipe.conformance.case_files import CaseStep, RecordedCase, read_cases
from facepipe.conformance.suite_run import SHARED

MALFORMED, WINDOW, FIFO, LARGE, ERRORS = (
    "partial batch answers, also malformed",
    "batching window",
    "FIFO order",
    "too large: 6 MB, 1 MiB",
    "error fields",
)
#: from the suite
TOPICS: Mapping[str, tuple[str, ...]] = {
    MALFORMED: (
        "deliveries/report-malformed",
        "deliveries/report-error",
        "deliveries/report-unknown",
        "deliveries/report-null-identifier",
        "deliveries/report-empty-identifier",
        "deliveries/report-empty-object",
        "deliveries/report-nothing",
        "deliveries/report-empty-list",
        "deliveries/report-null-list",
        "deliveries/not-reporting",
    ),
    WINDOW: ("deliveries/batch",),
    FIFO: ("deliveries/reported",),
    LARGE: ("invoke/large-response",),
    ERRORS: (
        "invoke/error",
        "invoke/timeout",
        "invoke/exit-status-0",
        "invoke/no-module",
        "invoke/no-handler",
        "invoke/unserializable",
        "urls/error",
    ),
}
MESSAGE_BYTES, REQUEST_BYTES = 1_048_576, 7_000_000
SEEN = {"Handler": "handlers.seen", "Timeout": 6, "Environment": {"Variables": {"SEEN": "<seen-url>"}}}
MAP = {"FunctionName": "<name>", "EventSourceArn": "<q-arn>"}


def topics() -> dict[str, list[RecordedCase]]:
    """Return the cases of each topic."""
    recorded = {case.id: case for case in read_cases()}
    found = {topic: [recorded[name] for name in names] for topic, names in TOPICS.items()}
    for topic, case in own_cases():
        found[topic].append(case)
    return found


def topics_without_queues() -> dict[str, list[RecordedCase]]:
    """Return the cases that need no queues, of each topic that has any."""
    found = {topic: [case for case in cases if not case.queues] for topic, cases in topics().items()}
    return {topic: cases for topic, cases in found.items() if cases}


def shared_case() -> RecordedCase:
    """Return the case that makes what others share."""
    return next(case for case in read_cases() if case.id == SHARED)


def own_cases() -> Iterator[tuple[str, RecordedCase]]:
    """Yield the cases that the suite does not have."""
    yield WINDOW, _window()
    yield FIFO, _order()
    yield large_message()
    yield LARGE, _large_request()


def _window() -> RecordedCase:
    return RecordedCase(
        "peers/window",
        "peers",
        "a message that is alone waits until the batching window is over",
        "AWS Lambda developer guide, invocation-eventsourcemapping.html (batching behaviour)",
        (
            _call("lambda.CreateEventSourceMapping", {**MAP, "MaximumBatchingWindowInSeconds": 6}, {}),
            _call("sqs.SendMessage", {"QueueUrl": "<q-url>", "MessageBody": "{}"}, {}),
            CaseStep("collect", "<seen-url>", {}, {"gives": []}, within_s=2),
            CaseStep("collect", "<seen-url>", {}, {"gives": ["<any>"]}, within_s=40),
        ),
        {"name": SEEN},
        {"q": {}, "seen": {}},
    )


def _order() -> RecordedCase:
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "6"}
    bodies = ['{"n": 1, "raise_attempts": 1}', '{"n": 2}', '{"n": 3}']
    sends = [
        _call("sqs.SendMessage", {"QueueUrl": "<q-url>", "MessageBody": body, "MessageGroupId": "g"}, {})
        for body in bodies
    ]
    expected = [_with_body(body) for body in (bodies[0], *bodies)]
    return RecordedCase(
        "peers/fifo-order",
        "peers",
        "messages of a group wait until an earlier one that failed has succeeded",
        "AWS Lambda developer guide, services-sqs-scaling.html (FIFO queues)",
        (
            _call("lambda.CreateEventSourceMapping", {**MAP, "BatchSize": 1}, {}),
            *sends,
            CaseStep("collect", "<seen-url>", {}, {"gives": expected}, within_s=40, count=4),
        ),
        {"name": SEEN},
        {"q": fifo, "seen": {}},
    )


def large_message() -> tuple[str, RecordedCase]:
    """Return the case that needs queues only, and its topic."""

    def sent(length: int, expected: Mapping[str, Any]) -> CaseStep:
        return _call("sqs.SendMessage", {"QueueUrl": "<q-url>", "MessageBody": "x" * length}, expected)

    case = RecordedCase(
        "peers/large-message",
        "peers",
        "a message of 1 MiB is accepted, and one with a byte more is refused",
        "Amazon SQS developer guide, quotas-messages.html",
        (sent(MESSAGE_BYTES, {}), sent(MESSAGE_BYTES + 1, {"refused": [400, "<any>", "<any>", "<any>"]})),
        queues={"q": {}},
    )
    return LARGE, case


def _large_request() -> RecordedCase:
    request = {"method": "POST", "headers": {"Content-Type": "text/plain"}, "body": "x" * REQUEST_BYTES}
    return RecordedCase(
        "peers/large-request",
        "peers",
        "a request of 7 MB to a Function URL is answered with 413",
        "AWS Lambda developer guide, gettingstarted-limits.html (6 MB) and urls-invocation.html",
        (CaseStep("http", "<address>", request, {"status": 413}),),
    )


def _call(operation: str, request: Mapping[str, Any], expected: Mapping[str, Any]) -> CaseStep:
    return CaseStep("call", operation, request, expected)


def _with_body(body: str) -> dict[str, Any]:
    return {"$has": {"Body": {"$has": {"event": {"Records": [{"$has": {"body": body}}]}}}}}
