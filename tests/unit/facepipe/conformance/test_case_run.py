"""One case against a server that a test plays."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from facepipe.conformance.asked_steps import refusal
from facepipe.conformance.case_files import CaseStep, RecordedCase
from facepipe.conformance.case_run import case_on, run_case
from facepipe.conformance.made_resources import MadeResources
from facepipe.conformance.tried_server import TriedServer

NOT_FOUND = {
    "Error": {"Code": "ResourceNotFoundException", "Message": "Function not found: x"},
    "Message": "Function not found: x",
    "Type": "User",
    "ResponseMetadata": {"HTTPStatusCode": 404},
}


class Api:
    """Lambda's client: each operation has its answers, in turn."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.calls: list[Any] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append((operation, request))
            answers = self.answers.get(operation, [{}])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, ClientError):
                raise answer
            return {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}

        return call


def server(api: Api) -> TriedServer:
    return TriedServer("http://127.0.0.1:1", "role", "000000000000", "run", clients={"lambda": api, "sqs": Api()})


def case(*steps: CaseStep, **more: Any) -> RecordedCase:
    return RecordedCase("own/a", "G", "it does", "here", steps, **more)


def asked(expected: dict[str, Any], **more: Any) -> CaseStep:
    return CaseStep("call", "lambda.GetFunction", {"FunctionName": "<name>"}, expected, **more)


def problems(api: Api, *steps: CaseStep) -> tuple[str, ...]:
    made = MadeResources(server(api), "facepipe-conformance-run-001")
    return case_on(made, case(*steps)).problems


def test_names_are_filled_in_and_answers_normalised() -> None:
    api = Api(get_function=[{"Name": "facepipe-conformance-run-001"}])
    assert problems(api, asked({"status": 200, "gives": {"Name": "<name>"}})) == ()
    assert api.calls == [("get_function", {"FunctionName": "facepipe-conformance-run-001"})]


def test_a_case_ends_with_its_first_step_that_differs() -> None:
    api = Api(get_function=[{"a": 1}])
    assert problems(api, asked({"gives": {"a": 2}}), asked({"gives": {"a": 3}})) == ("answer.a: expected 2, got 1",)


def test_an_expected_refusal() -> None:
    api = Api(get_function=[ClientError(NOT_FOUND, "GetFunction")])
    assert problems(api, asked({"refused": [404, "ResourceNotFoundException", "User", "Function not found: x"]})) == ()
    (problem,) = problems(api, asked({"refused": [404, "ResourceNotFoundException", "User", "another"]}))
    assert problem == "error.message: expected 'another', got 'Function not found: x'"


def test_a_refusal_that_was_not_expected_and_an_answer_that_was_not() -> None:
    refused = Api(get_function=[ClientError(NOT_FOUND, "GetFunction")])
    assert problems(refused, asked({"gives": {}}))[0].startswith("answer: expected 'no error', got {'status': 404")
    answered = problems(Api(get_function=[{"a": 1}]), asked({"refused": [400, "X", "User", "words"]}))
    assert "no error: status 200" in answered[0]


def test_a_step_with_time_is_asked_until_it_is_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facepipe.conformance.case_run.LOOK_S", 0)
    api = Api(get_function=[{"State": "Pending"}, {"State": "Pending"}, {"State": "Active"}])
    assert problems(api, asked({"has": {"State": "Active"}}, within_s=30)) == ()
    assert len(api.calls) == 3


def test_what_a_step_saves_stands_for_its_placeholder() -> None:
    api = Api(get_function=[{"Configuration": {"RevisionId": "revision-1"}}, {"Id": "revision-1"}])
    first = asked({"has": {}}, save={"revision": "Configuration.RevisionId"})
    assert problems(api, first, asked({"gives": {"Id": "<revision>"}})) == ()


def test_what_a_case_made_is_removed_although_it_failed() -> None:
    api = Api(create_function=[ClientError(NOT_FOUND, "CreateFunction")])
    result = run_case(case(functions={"name": {}}), server(api), "001", {})
    assert result.step == "what the case needs"
    assert ("delete_function", {"FunctionName": "facepipe-conformance-run-001"}) in api.calls


def test_only_functions_of_the_run_are_removed() -> None:
    api = Api()
    run_case(case(), server(api), "001", {"echo": "facepipe-conformance-run-s-echo"})
    deleted = {request["FunctionName"] for operation, request in api.calls if operation == "delete_function"}
    assert deleted == {"facepipe-conformance-run-001", "facepipe-conformance-run-001-missing"}


def test_a_message_in_the_wrong_member_is_seen() -> None:
    """boto3 finds it anyway, but an application that reads `Message` of the parsed error does not."""
    assert "member" in refusal({key: value for key, value in NOT_FOUND.items() if key != "Message"})["refused"]
    assert "member" not in refusal(NOT_FOUND)["refused"]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://127.0.0.1:9000/", "127.0.0.1:9000"),
        ("http://x.lambda-url.us-east-1.localhost:4566/", "x.lambda-url.us-east-1.localhost:4566"),
        ("https://x.lambda-url.us-east-1.on.aws/", "127.0.0.1:1"),
    ],
)
def test_a_stand_in_is_never_asked_at_a_host_of_awss(url: str, place: str) -> None:
    assert server(Api()).place_of(url).netloc == place
