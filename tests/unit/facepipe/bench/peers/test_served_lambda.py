"""Functions in front of which there is no Lambda API: each runs while something needs it."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from facepipe.bench.peers.served_lambda import FunctionEnds, ServedFunction, ServedLambda
from facepipe.bench.peers.serverless_lambda import events_of
from facepipe.conformance.asked_steps import NotAskedError


class Program(ServedLambda):
    """Serves nothing, and writes down what it is asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__("program", folder)
        self.events: list[str] = []

    @contextmanager
    def serving(self, function: ServedFunction) -> Iterator[FunctionEnds]:
        self.events.append(f"{function.folder.name} begins")
        yield FunctionEnds("http://127.0.0.1:1/")
        self.events.append(f"{function.folder.name} ends")


def _code() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handlers.py", "# code")
    return {"ZipFile": buffer.getvalue()}


def test_a_function_runs_once_from_its_first_use_until_it_is_deleted(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.create_function(FunctionName="f", Handler="handlers.echo", Code=_code())
    assert (tmp_path / "f/handlers.py").read_text() == "# code"
    assert program.events == []
    assert program.create_function_url_config(FunctionName="f") == {"FunctionUrl": "http://127.0.0.1:1/"}
    program.create_event_source_mapping(FunctionName="f", EventSourceArn="arn")
    assert program.events == ["f begins"]
    program.delete_function(FunctionName="f")
    program.delete_function(FunctionName="f")
    assert program.events == ["f begins", "f ends"]


def test_the_end_ends_every_function(tmp_path: Path) -> None:
    program = Program(tmp_path)
    for name in ("a", "b"):
        program.create_function(FunctionName=name, Handler="handlers.echo", Timeout=9, Code=_code())
        program.create_function_url_config(FunctionName=name)
    program.end()
    assert program.events == ["a begins", "b begins", "a ends", "b ends"]


def test_an_operation_that_it_has_not_is_refused_with_the_programs_name(tmp_path: Path) -> None:
    with pytest.raises(NotAskedError, match=r"program has no API for put_function_concurrency"):
        Program(tmp_path).put_function_concurrency(FunctionName="f")


def test_a_function_of_serverless_offline_has_the_events_that_it_was_given(tmp_path: Path) -> None:
    function = ServedFunction(tmp_path, "handlers.echo", 3, {})
    assert events_of(function) == []
    function.has_url = True
    function.mapping = {"EventSourceArn": "arn", "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    trigger = {"arn": "arn", "batchSize": 10, "functionResponseType": "ReportBatchItemFailures"}
    assert events_of(function) == [{"httpApi": "*"}, {"sqs": trigger}]
