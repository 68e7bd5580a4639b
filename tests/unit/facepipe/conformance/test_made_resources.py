"""A case removes what it made, and never asks for all mappings of an account."""

from typing import Any

from facepipe.conformance.made_resources import MadeResources
from facepipe.conformance.tried_server import TriedServer

MADE = "arn:aws:sqs:us-east-1:1:facepipe-conformance-ab-001-q"


class Client:
    """A client of any service, which tells what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            self.asked.append((operation, request))
            return {"QueueUrl": f"https://sqs/1/{request.get('QueueName')}", "EventSourceMappings": [{"UUID": "u"}]}

        return call


def test_only_the_mappings_of_its_own_queues_are_removed() -> None:
    api, sqs = Client(), Client()
    made = MadeResources(
        TriedServer("", "role", "1", "ab", clients={"lambda": api, "sqs": sqs}), "facepipe-conformance-ab-001"
    )
    made.prepare({}, {"q": {}})
    made.values["q-arn"] = "what a step has saved"  # must not lead to a request without a queue, which means all
    made.remove()
    asked = [request for operation, request in api.asked if operation == "list_event_source_mappings"]
    assert asked == [{"EventSourceArn": MADE}]
    assert ("delete_queue", {"QueueUrl": "https://sqs/1/facepipe-conformance-ab-001-q"}) in sqs.asked
