"""docs/troubleshooting.md: each mistake on it is made here, and its message is the one that the page shows.

What differs from run to run is written as on the page: ids as …, ports as the usual ones, folders as ~/shop.
"""

import asyncio
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.doctor.findings import Finding
from emulator.doctor.running_rules import examine_running
from emulator.doctor.system import RunningResources
from emulator.file_lock import lock_beside
from emulator.free_ports import free_ports
from emulator.project.preparing import Preparation
from emulator.project.pythons import Interpreter
from emulator.reload.code_problems import CodeProblems
from emulator.reload.mistake_reports import MistakeReports
from emulator.reload.mistakes import find_mistakes
from emulator.resources import Queue, RedrivePolicy
from emulator.setting import as_arguments
from facepipe.client.fates import fate_of
from facepipe.paths import Paths
from facepipe.project_place import kept_in
from services.contract import ContractError, DetectionRequest
from services.face_detection.photo import PhotoError, decode
from tests.command_line import facepipe
from tests.conformance.conftest import Tiny
from tests.unit.emulator.stacks import resources

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/troubleshooting.md"
NOWHERE = "http://127.0.0.1:9"
QUEUE = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: jobs%s}\n"
FUNCTION = """
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      {FunctionName: worker, Runtime: python3.12, Handler: app.handler, Code: %s, Timeout: 60, Role: !GetAtt Role.Arn%s}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}}
"""
MAPPING = """
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: %s}
"""
INLINE = '{ZipFile: "def handler(event, context): pass"}'


@dataclass(frozen=True)
class Shop:
    """A folder for a project, and the emulator of the conformance tests."""

    folder: Path
    tiny: Tiny

    def template(self, text: str) -> Path:
        file = self.folder / "template.yaml"
        file.write_text(text)
        return file

    def up(self, text: str, *options: str) -> str:
        """Return why `facepipe up` does not start."""
        self.template(text)
        return self.told("up", str(self.folder), *options)

    def told(self, *arguments: str) -> str:
        """Return the error of a verb, without what comes before it."""
        result = facepipe(*arguments)
        assert result.returncode == 2, result.stdout + result.stderr
        return result.stderr[result.stderr.index("facepipe: ") :]

    def logged(self, begin: str, act: Callable[[], object]) -> str:
        """Return the first line of the log that begins with this expression, after something was done; without time."""
        known = len(self.tiny.log())
        act()

        def lines() -> list[str]:
            found = [re.sub(r"^[\d-]+ [\d:,]+ ", "", line) for line in self.tiny.log()[known:].splitlines()]
            return [line for line in found if re.match(begin, line)]

        assert self.tiny.eventually(lambda: bool(lines())), begin
        return lines()[0]


def as_shown(finding: Finding) -> str:
    """Return a finding as `facepipe doctor` prints it."""
    return f"{finding.level.value} {finding.id}  {finding.path}\n  on AWS: {finding.on_aws}\n  cure:   {finding.cure}"


def doctor(shop: Shop, text: str, name: str) -> str:
    """Return what doctor prints about one thing."""
    result = facepipe("doctor", "--template", str(shop.template(text)), "--api", NOWHERE)
    lines = result.stdout.splitlines()
    (at,) = [number for number, line in enumerate(lines) if name in line]
    return "\n".join(lines[at : at + 3])


def nothing_runs(shop: Shop) -> str:
    return shop.told("send", "photo.jpg", "--sqs", NOWHERE).replace(":9/", ":9324/")


def no_emulator_to_ask(shop: Shop) -> str:
    return shop.told("trace", "photo-1", "--api", NOWHERE).replace(":9 ", ":9001 ")


def no_template(shop: Shop) -> str:
    return shop.told("up", str(shop.folder))


def terraform(shop: Shop) -> str:
    file = shop.folder / "main.tf"
    file.write_text('resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n')
    return shop.told("up", str(file))


def misspelt(shop: Shop) -> str:
    return shop.up(QUEUE % ", VisibilityTimout: 60")


def short_visibility(shop: Shop) -> str:
    return shop.up(QUEUE % ", VisibilityTimeout: 30" + FUNCTION % (INLINE, "") + MAPPING % "!GetAtt Jobs.Arn")


def other_region(shop: Shop) -> str:
    arn = "arn:aws:sqs:eu-central-1:000000000000:jobs"
    return shop.up(QUEUE % "" + FUNCTION % (INLINE, "") + MAPPING % arn)


def no_region(shop: Shop) -> str:
    return shop.up(QUEUE % "", "--region", "us-east")


def no_code(shop: Shop) -> str:
    return shop.up(QUEUE % "" + FUNCTION % ("./src", ""))


def taken_port(shop: Shop) -> str:
    ports = free_ports()
    options = [option.replace(str(ports.sqs), str(shop.tiny.stack.ports.sqs)) for option in as_arguments(ports)]
    message = shop.up(QUEUE % "", "--queues", "memory", "--no-journal", *options)
    return message.replace(f"port {shop.tiny.stack.ports.sqs}", "port 9324")


def second_emulator(shop: Shop) -> str:
    file = shop.folder / "queues.sqlite"
    with lock_beside(file):
        message = shop.up(QUEUE % "", "--queues", str(file), "--no-journal", *as_arguments(free_ports()))
    return re.sub(r"process \d+", "process …", message)


def another_python(shop: Shop) -> str:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emulator.project.preparing.nearest", lambda _wanted: Interpreter("python", "3.11"))
        preparation = Preparation(shop.folder, shop.folder, said.append)
        planned = type("Plan", (), {"python": "3.12", "interpreter": ""})()
        preparation._interpreter("worker", planned)
    return said[0]


def saved_with_a_mistake(shop: Shop) -> str:
    file = shop.folder / "app.py"
    file.write_text("def handler(event, context:\n    return 1\n")
    found = asyncio.run(find_mistakes([file], Path(sys.executable), shop.folder, {}))
    reports = MistakeReports(cast("Any", SimpleNamespace(project=shop.folder)), CodeProblems())
    return shop.logged("worker: app.py", lambda: reports._report(["worker"], [file], found))


def not_imported(shop: Shop) -> str:
    line = shop.logged(
        r"broken: environment \S+ the init phase failed",
        lambda: shop.tiny.api.invoke(FunctionName="broken", Payload="1"),
    )
    return re.sub(r"environment \S+:", "environment …:", line)


def raised(shop: Shop) -> str:
    return shop.logged("obey: POST", lambda: shop.tiny.obey(do="raise", message="no luck"))


def left_breakpoint(shop: Shop) -> str:
    return shop.logged("obey: breakpoint", lambda: shop.tiny.obey(do="breakpoint"))


def timed_out(shop: Shop) -> str:
    return shop.logged("obey: POST", lambda: shop.tiny.obey(do="sleep", seconds=5))


def throttled(shop: Shop) -> str:
    return shop.logged("closed: POST", lambda: shop.tiny.post("closed"))


def unsigned(shop: Shop) -> str:
    return shop.logged("guarded: POST", lambda: shop.tiny.post("guarded"))


def came_back(shop: Shop) -> str:
    return shop.logged("jobs: ", lambda: shop.tiny.put("jobs", "raise"))


def status_for_a_batch(shop: Shop) -> str:
    stack = resources(functions=[])
    return as_shown(next(examine_running(RunningResources(stack, ignored_statuses={"worker": 3}))))


def dead_letters(shop: Shop) -> str:
    jobs, dead = Queue("Jobs", "jobs", {}, RedrivePolicy("jobs-dead", 3)), Queue("Dead", "jobs-dead", {})
    return as_shown(next(examine_running(RunningResources(resources(queues=[jobs, dead]), {"jobs-dead": 2}))))


def left_results(shop: Shop) -> str:
    running = RunningResources(resources(queues=[Queue("Results", "results", {})]), {"results": 7})
    return as_shown(next(examine_running(running)))


def lacking_role(shop: Shop) -> str:
    text = QUEUE % ", VisibilityTimeout: 360" + FUNCTION % (INLINE, "") + MAPPING % "!GetAtt Jobs.Arn"
    return doctor(shop, text, "ES-46")


def another_service(shop: Shop) -> str:
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}
    config = Config(retries={"total_max_attempts": 1})
    table = boto3.client(
        "dynamodb", endpoint_url=f"http://127.0.0.1:{shop.tiny.stack.ports.api}", config=config, **keys
    )
    with pytest.raises(ClientError) as refused:
        table.list_tables()
    return refused.value.response["Error"]["Message"].replace(str(shop.tiny.stack.ports.api), "9001")


def unknown_host(shop: Shop) -> str:
    return httpx.get(shop.tiny.url("echo"), headers={"Host": "camera.example"}).text


def nobody_at_the_url(shop: Shop) -> str:
    """Return why a run ends whose function URL nobody listens on, while the queues answer."""
    photo = shop.folder / "photo.jpg"
    photo.write_bytes(b"no photo")
    place = ["--sqs", shop.tiny.stack.endpoints.sqs, "--response-queue", "spare", "--api", ""]
    return shop.told("send", str(photo), "--url", NOWHERE, *place).replace(":9 ", ":9000/ ")


def no_result(_shop: Shop) -> str:
    """Return what is printed for a photo whose result cannot come any more, by its trace."""
    end = {"name": "dead-lettered", "start_ms": 1.0, "end_ms": 1.0, "note": "jobs: ValueError: told to"}
    trace = {"spans": [end], "complete": True, "messages": ["m"]}
    return fate_of(trace, until_ms=2.0, visibility_s=lambda _queue: 30.0).words


def no_photo(_shop: Shop) -> str:
    with pytest.raises(PhotoError) as refused:
        decode(b"no photo", maximum_pixels=1_000_000)
    return str(refused.value)


def no_request_id(_shop: Shop) -> str:
    with pytest.raises(ContractError) as refused:
        DetectionRequest.from_json('{"content": ""}')
    return str(refused.value)


def no_models(shop: Shop) -> str:
    (shop.folder / "ada").mkdir()
    (shop.folder / "ada/one.jpg").write_bytes(b"")
    return shop.told("enrol", str(shop.folder), "--models-dir", "models", "--gallery", str(shop.folder / "gallery.npz"))


#: the headings of the page → what makes the mistake; it returns the message
MISTAKES: dict[str, Callable[[Shop], str]] = {
    "Nothing is running": nothing_runs,
    "Nobody listens at the function URL": nobody_at_the_url,
    "No emulator to ask": no_emulator_to_ask,
    "The folder has no template": no_template,
    "The file is of another tool": terraform,
    "A property is misspelt": misspelt,
    "The visibility timeout is shorter than the function's timeout": short_visibility,
    "The code's folder does not exist": no_code,
    "The function's Python is not on this machine": another_python,
    "A queue is in another region": other_region,
    "The region does not exist": no_region,
    "A port is taken": taken_port,
    "Another emulator runs already": second_emulator,
    "A saved file has a mistake": saved_with_a_mistake,
    "A module cannot be imported": not_imported,
    "The handler raises an exception": raised,
    "breakpoint() ends the call": left_breakpoint,
    "The handler takes too long": timed_out,
    "Every call is throttled": throttled,
    "The function URL answers 403": unsigned,
    "A message comes back": came_back,
    "A handler answers a batch with a status": status_for_a_batch,
    "Messages end in the dead-letter queue": dead_letters,
    "The result of a photo does not come": no_result,
    "Results of other requests arrive first": left_results,
    "The role lacks a permission on AWS": lacking_role,
    "The code calls a service that is not emulated": another_service,
    "A tunnel or another machine gets 403": unknown_host,
    "A photo is refused": no_photo,
    "A field is missing": no_request_id,
    "There are no models": no_models,
}


def page() -> dict[str, str]:
    """Return the message under each heading of the page."""
    sections = re.split(r"^### \d+\. ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = {}
    for section in sections:
        title, _, text = section.partition("\n")
        block = re.search(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        assert block, f"{title}: show the message"
        assert text[block.end() :].strip(), f"{title}: say the cure"
        found[title] = block[1]
    return found


def test_the_page_has_the_mistakes_that_are_made_here_in_their_order() -> None:
    assert list(page()) == list(MISTAKES)
    assert len(MISTAKES) >= 20


@pytest.mark.parametrize("title", MISTAKES)
def test_the_message_is_the_one_on_the_page(title: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    try:
        message = MISTAKES[title](Shop(folder, tiny))
    finally:
        shutil.rmtree(kept_in(Paths().var, (folder / "template.yaml").resolve()), ignore_errors=True)
    message = message.replace(str(folder), "~/shop").replace(str(ROOT), "~/shop")
    message = re.sub(r"RequestId [0-9a-f-]{36}", "RequestId …", message)
    assert " ".join(message.split()) == " ".join(page()[title].split())
