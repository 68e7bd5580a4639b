"""`facepipe init` as a user sees it: the template, what is said, and what is refused."""

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.loading import load
from emulator.project.plans import has_module, plan
from emulator.settings import Settings
from facepipe.starting.project_folder import StartingError
from facepipe.starting.starting import THERE, start_project
from tests.unit.facepipe.starting.projects import FIRST, SECOND, URL, write
from tests.unit.facepipe.starting.test_callers import CASES as CALLERS
from tests.unit.facepipe.starting.test_packaging import CASES as PACKAGES

VARIABLES = """
import os
QUEUE, NAME, ARN = os.environ["JOBS_QUEUE_URL"], os.environ["DONE_QUEUE_NAME"], os.environ["OLD_QUEUE_ARN"]
OTHERS = os.environ["BUCKET"], os.environ["AWS_REGION"], os.environ.get("LEVEL", "INFO"), os.environ["odd name"]
def handler(event, context):
    sqs.send_message(QueueUrl=QUEUE, MessageBody=event["body"])
    sqs.get_queue_url(QueueName=NAME)
    return ARN, OTHERS
"""
PROJECTS = {
    **{f"package: {name}": files for name, (files, _) in PACKAGES.items()},
    **{f"caller: {name}": files for name, (files, _) in CALLERS.items()},
    "variables": {"app.py": VARIABLES},
    "FIFO": {
        "a.py": FIRST.replace("requests", "requests.fifo"),
        "b.py": SECOND.replace("return", "return {'batchItemFailures': []}, "),
    },
    "a dead-letter queue in the code": {"a.py": FIRST + f"    x = '{URL}requests-dlq'\n", "b.py": SECOND},
    "a queue that receives": {"a.py": FIRST + f"    sqs.receive_message(QueueUrl='{URL}answers')\n"},
    "long names": {"a.py": FIRST.replace("requests", "r" * 80), f"{'b' * 100}.py": SECOND},
    "names that YAML reads as something else": {"on/yes.py": FIRST, "123/no.py": SECOND},
    "an image that YAML reads as something else": {"Dockerfile": "FROM x\nCOPY . .", "on.py": FIRST, "012.py": SECOND},
    "names with signs": {"über uns/äpp.py": FIRST, "b:c #d/\N{SNOWMAN}.py": SECOND},
    "a name with a line break": {"a\nResources: {}/app.py": FIRST, "b.py": SECOND},
    "names that are the same": {"a-b/app.py": FIRST, "a_b/app.py": SECOND, "AB/app.py": SECOND, "a.b/app.py": SECOND},
}


def silent(_line: str) -> None:
    """Take what is said."""


@pytest.mark.parametrize("case", PROJECTS)
def test_the_emulator_takes_every_template_and_finds_the_code(tmp_path: Path, case: str) -> None:
    template = start_project(write(tmp_path / "shop", PROJECTS[case]), silent)
    functions = load(Settings(template=template)).functions
    assert functions
    for function in functions if "another name" not in case else ():
        planned = plan(function, template.parent)
        assert has_module(planned.folder, planned.handler), planned


def test_cloudformation_takes_every_template(tmp_path: Path) -> None:
    templates = []
    for number, files in enumerate(PROJECTS.values()):
        template = start_project(write(tmp_path / str(number) / "shop", files), silent)
        templates.append(str(template))
    done = subprocess.run(["cfn-lint", *templates], capture_output=True, text=True, check=False)
    assert not done.stdout
    assert done.returncode == 0


def test_variables_hold_queues_as_the_code_expects_them(tmp_path: Path) -> None:
    template = start_project(write(tmp_path, {"app.py": VARIABLES}), silent)
    text = template.read_text()
    (function,) = load(Settings(template=template)).functions
    variables = dict(function.environment)
    assert variables.pop("JOBS_QUEUE_URL").endswith("/jobs-queue")
    assert variables == {
        "DONE_QUEUE_NAME": "done-queue",
        "OLD_QUEUE_ARN": "arn:aws:sqs:us-east-1:000000000000:old-queue",
        "BUCKET": "",
    }
    assert "# app.py:4 needs it, and the code does not show its value: fill it in\n          BUCKET: " in text


def test_a_consumer_has_time_and_its_queue_has_dead_letters(tmp_path: Path) -> None:
    template = start_project(write(tmp_path, {"a.py": FIRST, "b.py": SECOND}), silent)
    resources = load(Settings(template=template))
    queues = {queue.name: queue for queue in resources.queues}
    slowest = max(function.timeout_s for function in resources.functions)
    assert queues["requests"].visibility_timeout_s >= 6 * slowest
    assert queues["requests"].redrive_policy is not None
    assert "requests-dlq" in queues


def test_what_was_found_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    files = {"a.py": FIRST, "b.py": SECOND, "old.py": "print 'hello'", "c.py": "async def go(event, context): pass"}
    start_project(write(tmp_path, files), said.append)
    assert said[0] == 'a: a.py:1; function URL (it reads "body" of an HTTP request)'
    assert said[1].startswith("b: b.py:1; queue requests (")
    assert "queue requests" in said
    assert any(line.startswith("not taken: old.py: it is not read as Python 3 (line 1: ") for line in said)
    assert any(line.startswith("not taken: c.py:1: go: ") for line in said)


STRANGE_NAMES = {"my app.py": SECOND, "tab\t.py": "x = 1"}


def test_a_file_whose_name_lambda_does_not_take_is_told_of(tmp_path: Path) -> None:
    said: list[str] = []
    template = start_project(write(tmp_path, {**STRANGE_NAMES, "app.py": FIRST}), said.append)
    assert template.read_text().count("AWS::Serverless::Function") == 1
    assert [line for line in said if "not taken" in line] == [
        "not taken: my app.py: Lambda takes no handler from a file whose name has a space; rename it"
    ]


STRANGE: dict[str, str | bytes] = {
    "a syntax error": "def handler(event, context:",
    "Python 2": "def handler(event, context):\n    print event",
    "not UTF-8": b"def handler(event, context): '\xff\xfe'",
    "an unknown encoding": b"# coding: nonsense\ndef handler(event, context): pass",
    "a null byte": b"def handler(event, context): pass\x00",
    "nested deeply": "x = " + "(" * 5000 + ")" * 5000,
    "a long sum": "x = " + "+".join(["1"] * 20_000),
    "many signs": "x = " + "-" * 50_000 + "1",
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path, case: str) -> None:
    template = start_project(write(tmp_path, {"odd.py": STRANGE[case], "app.py": FIRST}), silent)
    assert "Handler: app.handler" in template.read_text()


def test_another_encoding_is_read(tmp_path: Path) -> None:
    text = f"# coding: latin-1\n# \xe4\n{FIRST}".encode("latin-1")
    assert start_project(write(tmp_path, {"app.py": text}), silent).exists()


@pytest.mark.parametrize("files", [{}, {"app.py": "x = 1"}, {"old.py": "print 'x'"}, {"README.md": ""}], ids=str)
def test_without_a_handler_there_is_an_error_with_the_cure(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(
        StartingError, match=r"no handler was found in \d Python files; define a function of \(event, c"
    ):
        start_project(write(tmp_path, files), silent)
    assert not (tmp_path / "template.yaml").exists()


@pytest.mark.parametrize("name", THERE)
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"app.py": FIRST, name: "mine"})
    with pytest.raises(
        StartingError, match=f"{name} is there already, and is not overwritten; run it with facepipe up"
    ):
        start_project(tmp_path, silent)
    assert (tmp_path / name).read_text() == "mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["app.py", name])


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    write(tmp_path, {"shop/app.py": FIRST})
    (tmp_path / "shop/template.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(StartingError, match="is there already"):
        start_project(tmp_path / "shop", silent)
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_nothing_of_the_project_is_run(tmp_path: Path) -> None:
    run = "open('ran', 'w')\nraise SystemExit(3)\n"
    start_project(write(tmp_path, {"app.py": run + FIRST, "sitecustomize.py": run, "yaml.py": run}), silent)
    assert not list(tmp_path.rglob("ran"))


def init(folder: Path, *before: str, limit: Callable[[], None] | None = None) -> "subprocess.CompletedProcess[str]":
    command = [*before, sys.executable, "-P", "-B", "-m", "facepipe", "init", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)


def test_the_verb_prints_the_template_and_the_next_command(tmp_path: Path) -> None:
    done = init(write(tmp_path / "my shop", {"app.py": FIRST}))
    assert done.returncode == 0
    assert done.stdout == f"{tmp_path}/my shop/template.yaml\n"
    assert done.stderr.splitlines()[-1] == f"run it: facepipe up '{tmp_path}/my shop'"


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv takes root's rights away")
def test_a_folder_in_which_nobody_may_write_is_an_error_with_the_cure(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": FIRST}).chmod(0o555)
    done = init(tmp_path, "setpriv", "--bounding-set=-all", "--inh-caps=-all")
    tmp_path.chmod(0o755)
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"facepipe: {tmp_path}/template.yaml cannot be written (Permission denied); make room,"
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv takes root's rights away")
def test_a_folder_that_cannot_be_read_is_told_of_and_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": FIRST, "data/closed.py": SECOND})
    (tmp_path / "data").chmod(0o000)
    done = init(tmp_path, "setpriv", "--bounding-set=-all", "--inh-caps=-all")
    (tmp_path / "data").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "not taken: data: Permission denied" in done.stderr.splitlines()


def test_a_full_disk_leaves_no_half_template(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": FIRST})
    done = init(tmp_path, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    assert done.returncode == 2, done.stderr
    assert "cannot be written (File too large); make room" in done.stderr
    assert not (tmp_path / "template.yaml").exists()
