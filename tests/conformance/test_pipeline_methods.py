"""What the fixture `pipeline` can do with any application, here the tiny one."""

import httpx
import pytest

from facepipe.client.api import ask
from facepipe.pipeline import FunctionFailedError, Pipeline, PipelineError
from facepipe.started_pipeline import StartedPipeline
from tests.conformance.conftest import Tiny


@pytest.fixture
def pipeline(tiny: Tiny) -> Pipeline:
    return Pipeline(tiny.stack.endpoints)


def test_a_function_is_called_and_its_result_returned(pipeline: Pipeline) -> None:
    assert pipeline.invoke("echo", {"a": [1, "ä"]}) == {"a": [1, "ä"]}
    assert pipeline.invoke("echo") is None


def test_a_function_that_fails_is_an_error_with_its_words_and_its_log(pipeline: Pipeline) -> None:
    with pytest.raises(FunctionFailedError, match="obey failed: KeyError 'body'") as caught:
        pipeline.invoke("obey", {})
    assert caught.value.error["errorType"] == "KeyError"
    assert "REPORT RequestId: " in str(caught.value)


def test_a_function_that_is_not_there_is_an_error_with_those_that_are(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=r"there is no function 'ehco', but .*\becho\b"):
        pipeline.invoke("ehco")
    with pytest.raises(PipelineError, match="unlisted|there is no function"):
        pipeline.url("unlisted")


def test_a_functions_url_is_for_any_client(pipeline: Pipeline) -> None:
    assert httpx.post(pipeline.url("echo"), json={"a": 1}, timeout=60).json()["body"] == '{"a":1}'


@pytest.mark.parametrize("body", [{"a": 1}, "a text", [1, 2], "", "[not json"])
def test_messages_are_sent_and_received(pipeline: Pipeline, body: object) -> None:
    if body == "":
        with pytest.raises(PipelineError, match="the message cannot be sent to plain"):
            pipeline.send_message("plain", body)
        return
    pipeline.send_message("spare", body)
    assert pipeline.receive_message("spare") == body
    with pytest.raises(PipelineError, match="no message came to spare within 1 s"):
        pipeline.receive_message("spare", timeout_s=1)


def test_a_message_that_does_not_come_is_an_error_with_the_latest_failure(pipeline: Pipeline, tiny: Tiny) -> None:
    tiny.obey(do="raise", message="no luck")
    api = tiny.stack.endpoints.api  # its journal is written in the background
    assert tiny.eventually(lambda: any("no luck" in row["why"] for row in ask(api, "/traces", failed=1)["traces"]))
    said = r"no message came to spare within 1 s; the latest request that failed began \d+ s ago: .*no luck"
    with pytest.raises(PipelineError, match=said):
        pipeline.receive_message("spare", timeout_s=1)


def test_a_queue_that_is_not_there_is_an_error_with_those_that_are(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=r"there is no queue 'plian', but .*\bplain\b"):
        pipeline.send_message("plian", "x")


def test_what_a_pipeline_cannot_do_is_said_with_the_cure(pipeline: Pipeline, tiny: Tiny) -> None:
    with pytest.raises(PipelineError, match="was not started for the tests: unset FACEPIPE_URL"):
        pipeline.fresh()
    with pytest.raises(PipelineError, match=r"enrol\(\) changes who is known, and this pipeline was not started"):
        pipeline.enrol("people")
    other = Pipeline(tiny.stack.endpoints, started=StartedPipeline(tiny.stack.endpoints, None))
    with pytest.raises(PipelineError, match="is for facepipe's own face recognition, and another template is run"):
        other.enrol_person("Ada", "ada.jpg")
    with pytest.raises(PipelineError, match="nothing is known of 'nobody'"):
        pipeline.trace("nobody")
    with pytest.raises(PipelineError, match="/no/photo.jpg cannot be read"):
        pipeline.recognise("/no/photo.jpg")
