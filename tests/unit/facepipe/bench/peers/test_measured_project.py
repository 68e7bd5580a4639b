"""One project for all peers: what each kind of file says of it."""

from pathlib import Path

from emulator.loading import load
from emulator.settings import Settings
from facepipe.bench.peers.measured_project import first_answer_project, whole_project
from facepipe.bench.peers.project_template import write_template
from facepipe.bench.peers.serverless_files import functions_of, service

PROJECT = whole_project("127.0.0.1:5")


def test_the_template_can_be_loaded(tmp_path: Path) -> None:
    resources = load(Settings(write_template(PROJECT, tmp_path)))
    assert {function.name for function in resources.functions} == set(PROJECT.functions)
    assert {queue.name for queue in resources.queues} == set(PROJECT.queues)
    assert len(resources.mappings) == len(PROJECT.triggers)
    assert [url.function for url in resources.urls] == PROJECT.with_urls
    assert (tmp_path / "functions/tiny.py").is_file()


def test_the_template_has_the_measured_settings(tmp_path: Path) -> None:
    mappings = {one.queue: one for one in load(Settings(write_template(PROJECT, tmp_path))).mappings}
    assert (mappings["seconds"].batch_size, mappings["hop"].batch_size) == (1, 10)
    assert (mappings["filled"].enabled, mappings["hop"].enabled) == (False, True)


def test_serverless_yml_has_the_same_functions_and_the_enabled_triggers() -> None:
    functions = functions_of(PROJECT, "http://127.0.0.1:9", dict.fromkeys(PROJECT.queues, "URL"))
    assert set(functions) == set(PROJECT.functions)
    assert functions["echo"]["events"] == [{"httpApi": {"method": "POST", "path": "/echo"}}]
    assert functions["second"]["events"] == [
        {"sqs": {"arn": "arn:aws:sqs:us-east-1:000000000000:hop", "batchSize": 10}}
    ]
    assert functions["many"]["events"] == []
    assert functions["second"]["environment"] == {
        "NOTES": "127.0.0.1:5",
        "QUEUE": "URL",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_serverless_yml_gives_each_server_its_port() -> None:
    custom = service({}, "", [1, 2, 3])["custom"]["serverless-offline"]
    assert [custom[name] for name in ("httpPort", "websocketPort", "lambdaPort")] == [1, 2, 3]


def test_the_first_answer_needs_one_function_only() -> None:
    project = first_answer_project()
    assert (list(project.functions), project.queues, dict(project.triggers)) == (["echo"], (), {})
