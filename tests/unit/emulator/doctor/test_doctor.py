"""Small templates, and what would bite of them on AWS."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from emulator.doctor.examination import Examination, examine
from emulator.doctor.findings import Finding, Level
from emulator.doctor.image_rules import Container, Image, examine_containers, examine_images, left_containers
from emulator.doctor.mapping_rules import examine_mappings
from emulator.doctor.running_rules import examine_running
from emulator.doctor.system import RunningResources
from emulator.project.pythons import Interpreter
from emulator.resources import EventSourceMapping, Function, Queue, RedrivePolicy, Resources
from emulator.template import Place

ROOT = Path(__file__).resolve().parents[4]
PLACE = Place(queue_url=lambda name: f"http://sqs/0/{name}", function_url=lambda position: f"http://url/{position}/")
NOWHERE = {"api": "http://127.0.0.1:9", "sqs": "http://127.0.0.1:9"}


def template(**changes: Any) -> dict[str, Any]:
    """A template with nothing to find, changed by `Resource_Property=value`; None removes one or the other."""
    resources: dict[str, Any] = {
        "Jobs": queue(
            VisibilityTimeout=60,
            RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5},
        ),
        "Dead": queue(MessageRetentionPeriod=1_209_600),
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "worker",
                "PackageType": "Image",
                "Code": {"ImageUri": "nowhere.invalid/no-such-image"},
                "Role": {"Fn::GetAtt": ["WorkerRole", "Arn"]},
                "Timeout": 10,
            },
        },
        "WorkerRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"],
                "Policies": [policy("sqs:SendMessage", "arn:aws:sqs:*:*:*")],
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]},
                "FunctionName": {"Ref": "Worker"},
                "BatchSize": 5,
            },
        },
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "AWS_IAM", "TargetFunctionArn": {"Ref": "Worker"}},
        },
        "CallUrl": permission("lambda:InvokeFunctionUrl"),
        "Call": permission("lambda:InvokeFunction"),
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "/aws/lambda/worker", "RetentionInDays": 30},
        },
    }
    for change, value in changes.items():
        name, _, key = change.partition("_")
        if not key:
            del resources[name]
        elif value is None:
            del resources[name]["Properties"][key]
        else:
            resources[name]["Properties"][key] = value
    return {"Resources": resources}


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def policy(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def permission(action: str) -> dict[str, Any]:
    properties = {"FunctionName": {"Ref": "Worker"}, "Action": action, "Principal": "*"}
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def examined(folder: Path, content: dict[str, Any]) -> Examination:
    path = folder / "template.json"
    path.write_text(json.dumps(content))
    return asyncio.run(examine(path, PLACE, {}, **NOWHERE))


FOUND: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "nothing": ({}, []),
    "visibility below the timeout": ({"Jobs_VisibilityTimeout": 5}, [("error", "ES-41")]),
    "visibility below six timeouts": ({"Jobs_VisibilityTimeout": 59}, [("warning", "ES-41")]),
    "visibility that forgets the window": ({"Mapping_MaximumBatchingWindowInSeconds": 1}, [("warning", "ES-41")]),
    "no dead letters": ({"Jobs_RedrivePolicy": None}, [("warning", "ES-45")]),
    "dead letters that vanish": ({"Dead_MessageRetentionPeriod": None}, [("note", "ES-45")]),
    "few receives": (
        {
            "Jobs_RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 4},
        },
        [("warning", "ES-45")],
    ),
    "a queue that programs make": (
        {"Mapping_EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:made"},
        [("note", "ES-42")],
    ),
    "dead letters to a queue that programs make": (
        {
            "Jobs_RedrivePolicy": {
                "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:made",
                "maxReceiveCount": 5,
            },
        },
        [],
    ),
    "starved by its reservation": ({"Worker_ReservedConcurrentExecutions": 1}, [("warning", "ES-22")]),
    "reserved enough": ({"Worker_ReservedConcurrentExecutions": 5}, []),
    "more than is reserved": (
        {"Worker_ReservedConcurrentExecutions": 5, "Mapping_ScalingConfig": {"MaximumConcurrency": 6}},
        [("warning", "ES-14")],
    ),
    "as much as is reserved": (
        {"Worker_ReservedConcurrentExecutions": 2, "Mapping_ScalingConfig": {"MaximumConcurrency": 2}},
        [],
    ),
    "closed": ({"Worker_ReservedConcurrentExecutions": 0}, [("error", "FU-25")]),
    "its own queue's URL": (
        {"Worker_Environment": {"Variables": {"OUTPUT": {"Ref": "Jobs"}}}},
        [("warning", "ES-47")],
    ),
    "its own queue's ARN": (
        {"Worker_Environment": {"Variables": {"OUTPUT": {"Fn::GetAtt": ["Jobs", "Arn"]}}}},
        [("warning", "ES-47")],
    ),
    "another queue": ({"Worker_Environment": {"Variables": {"OUTPUT": {"Ref": "Dead"}}}}, []),
    "small messages": ({"Jobs_MaximumMessageSize": 262_144}, [("note", "A.6")]),
    "a batch over 6 MB": ({"Mapping_BatchSize": 6}, [("note", "ES-11")]),
    "an open URL": ({"Url_AuthType": "NONE"}, [("note", "FU-24")]),
    "one permission only": ({"Url_AuthType": "NONE", "Call": None}, [("error", "FU-24")]),
    "the other permission only": ({"Url_AuthType": "NONE", "CallUrl": None}, [("error", "FU-24")]),
    "a permission for one account": (
        {"Url_AuthType": "NONE", "Call_Principal": "123456789012"},
        [("error", "FU-24")],
    ),
    "a permission for one organisation": (
        {"Url_AuthType": "NONE", "Call_PrincipalOrgID": "o-a1b2c3d4e5"},
        [("error", "FU-24")],
    ),
    "a permission for one source": (
        {"Url_AuthType": "NONE", "Call_SourceArn": "arn:aws:s3:::bucket"},
        [("error", "FU-24")],
    ),
    "a permission for one source account": (
        {"Url_AuthType": "NONE", "Call_SourceAccount": "123456789012"},
        [("error", "FU-24")],
    ),
    "a permission for signed requests": (
        {"Url_AuthType": "NONE", "CallUrl_FunctionUrlAuthType": "AWS_IAM"},
        [("error", "FU-24")],
    ),
    "a permission for unsigned requests": (
        {"Url_AuthType": "NONE", "CallUrl_FunctionUrlAuthType": "NONE"},
        [("note", "FU-24")],
    ),
    "a permission for every action of Lambda": (
        {"Url_AuthType": "NONE", "Call_Action": "lambda:*", "CallUrl": None},
        [("note", "FU-24")],
    ),
    "a permission for every action": (
        {"Url_AuthType": "NONE", "Call_Action": "*", "CallUrl": None},
        [("note", "FU-24")],
    ),
    "many variables": ({"Worker_Environment": {"Variables": {"TEXT": "x" * 3_800}}}, [("warning", "RT-01")]),
    "too many variables": ({"Worker_Environment": {"Variables": {"TEXT": "x" * 4_093}}}, [("error", "RT-01")]),
    "a reserved name": ({"Worker_Environment": {"Variables": {"AWS_REGION": "here"}}}, [("error", "RT-01")]),
    "a name with a dash": ({"Worker_Environment": {"Variables": {"MY-NAME": "x"}}}, [("error", "RT-01")]),
    "no log group": ({"Logs": None}, [("warning", "RT-10")]),
    "a log group for ever": ({"Logs_RetentionInDays": None}, [("warning", "RT-10")]),
    "a log group of its own": (
        {"Logs_LogGroupName": "mine", "Worker_LoggingConfig": {"LogGroup": {"Ref": "Logs"}}},
        [],
    ),
    "a large batch without a window": ({"Mapping_BatchSize": 11}, [("error", "ES-44")]),
    "a concurrency of one": ({"Mapping_ScalingConfig": {"MaximumConcurrency": 1}}, [("error", "ES-14")]),
    "a filter that is none": ({"Mapping_FilterCriteria": {"Filters": [{"Pattern": "x"}]}}, [("error", "ES-33")]),
    "what cannot be loaded": ({"Jobs_Colour": "red"}, [("error", "template")]),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_would_bite(tmp_path: Path, case: str) -> None:
    changes, expected = FOUND[case]
    found = examined(tmp_path, template(**changes))
    assert [(finding.level.value, finding.id) for finding in found.findings] == expected, found.findings
    assert found.errors == sum(level == "error" for level, _ in expected)
    for finding in found.findings:
        assert finding.path.startswith("Resources.")
        assert finding.on_aws
        assert finding.cure


def test_es41_the_loaders_refusal_is_a_finding_with_its_path(tmp_path: Path) -> None:
    (finding,) = examined(tmp_path, template(Jobs_VisibilityTimeout=5)).findings
    assert finding.path == "Resources.Mapping.Properties"
    assert "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds" in finding.on_aws
    assert "VisibilityTimeout" in finding.cure


def test_each_problem_of_a_template_that_cannot_be_loaded_is_a_finding(tmp_path: Path) -> None:
    found = examined(tmp_path, template(Jobs_Colour="red", Jobs_DelaySeconds=901, Worker_Timeout=901))
    assert sorted(finding.path for finding in found.findings) == [
        "Resources.Jobs.Properties.Colour",
        "Resources.Jobs.Properties.DelaySeconds",
        "Resources.Worker.Properties.Timeout",
    ]


def test_the_application_has_no_error_and_no_warning() -> None:
    found = asyncio.run(examine(ROOT / "template.yaml", PLACE, {}, **NOWHERE))
    assert [finding for finding in found.findings if finding.path.startswith("Resources.")]
    assert not [
        finding
        for finding in found.findings
        if finding.level is not Level.NOTE and finding.path.startswith("Resources.")
    ]


JOBS = Queue("Jobs", "jobs", {"VisibilityTimeout": "60"}, RedrivePolicy("dead", 5))
DEAD = Queue("Dead", "dead", {"MessageRetentionPeriod": "1209600"})
WORKER = Function("Worker", "worker", "image", (), 10, 128, 512)
MAPPING = EventSourceMapping("Mapping", "jobs", "worker", 5)


def running(*, visibility_s: int = 60, **told: Any) -> list[Finding]:
    jobs = Queue("Jobs", "jobs", {"VisibilityTimeout": str(visibility_s)}, JOBS.redrive_policy)
    return list(examine_running(RunningResources(Resources((jobs, DEAD), (WORKER,), (), (MAPPING,)), **told)))


def test_what_runs() -> None:
    assert running() == []
    assert [(f.level, f.id) for f in running(visibility_s=9)] == [(Level.ERROR, "ES-41")]
    assert [f.path for f in running(depths={"dead": 3})] == ["Queue dead"]
    assert [f.id for f in running(largest_bytes={"jobs": 1_000_000})] == ["A.6"]
    assert running(largest_bytes={"jobs": 900_000}) == []


def test_what_has_used_more_memory_than_it_has_is_found() -> None:
    assert running(peaks_mb={"worker": 115}) == []
    assert [(f.level, f.cure) for f in running(peaks_mb={"worker": 116})] == [(Level.WARNING, "set it to 192")]
    (finding,) = running(peaks_mb={"worker": 300})
    assert (finding.level, finding.path) == (Level.ERROR, "Resources.Worker.Properties.MemorySize")
    assert "has used 300 MB of its 128 MB so far: Lambda kills it" in finding.on_aws
    assert finding.cure == "set it to 384 or more"


def test_a_status_that_lambda_ignores_is_an_error() -> None:
    (finding,) = running(ignored_statuses={"worker": 3})
    assert (finding.level, finding.id, finding.path) == (Level.ERROR, "ES-20", "Function worker")
    assert "deleted 3 of them as processed" in finding.on_aws


@pytest.mark.parametrize(
    ("limit", "found"),
    [("128m", 0), ("256m", 1), ("${MEMORY:-128m}", 0), ("${MEMORY:-1g}", 1), ("${MEMORY}", 0), (134_217_728, 0)],
)
def test_a_compose_file_with_another_memory_is_found(tmp_path: Path, limit: object, found: int) -> None:
    service = {"entrypoint": ["python3", "supervisor.pyz", "--function", "worker"], "mem_limit": limit}
    (tmp_path / "compose.yaml").write_text(json.dumps({"services": {"one": service, "other": {"mem_limit": "1g"}}}))
    findings = examined(tmp_path, template()).findings
    assert [(f.id, f.path) for f in findings] == [("RT-04", "compose.yaml: services.one.mem_limit")] * found


@pytest.mark.parametrize("text", ["", "[", "services: 3", "services: {a: 3}"])
def test_a_compose_file_that_is_none_is_nothing_to_find(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    assert examined(tmp_path, template()).findings == []


def test_a_python_that_is_not_here_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.doctor.code_rules.nearest", lambda wanted: Interpreter("/python", "3.11"))
    zipped = {"PackageType": "Zip", "Code": {"ZipFile": "x = 1"}, "Handler": "index.x", "Runtime": "python3.12"}
    content = template(**{f"Worker_{key}": value for key, value in zipped.items()})
    (finding,) = examined(tmp_path, content).findings
    assert (finding.level, finding.path) == (Level.WARNING, "Resources.Worker")
    assert "worker runs on Python 3.12, which is not on this machine: here it runs on 3.11" in finding.on_aws


def test_containers_without_an_emulator_are_left_over() -> None:
    (finding,) = left_containers({"worker": [Container("facepipe-worker-1", read_only=True)]})
    assert (finding.level, finding.id) == (Level.NOTE, "leftovers")
    assert "docker rm --force facepipe-worker-1" in finding.cure


def test_es41_a_running_queue_that_a_program_made_is_examined_by_its_name() -> None:
    made = Queue("", "made", {"VisibilityTimeout": "9"}, RedrivePolicy("made-dead", 5))
    mapping = EventSourceMapping("Mapping", "made", "worker", 5)
    found = list(examine_running(RunningResources(Resources((JOBS, DEAD, made), (WORKER,), (), (mapping,)))))
    assert [(finding.id, finding.path) for finding in found] == [("ES-41", "Queue made: VisibilityTimeout")]


def test_results_that_nobody_has_collected_are_a_note_with_the_purge_command() -> None:
    results = Queue("Results", "results", {})
    here = Resources((JOBS, DEAD, results), (WORKER,), (), (MAPPING,))
    (found,) = examine_running(RunningResources(here, depths={"jobs": 2, "results": 7}))
    assert (found.level, found.path) == (Level.NOTE, "Queue results")
    assert "7 messages" in found.on_aws
    assert "4 days" in found.on_aws, "SQS's default retention"
    assert "`facepipe queues results --purge`" in found.cure


def test_es22_a_disabled_mapping_starves_nobody() -> None:
    reserved = Function("Worker", "worker", "image", (), 10, 128, 512, {}, 1)
    disabled = EventSourceMapping("Mapping", "jobs", "worker", 5, enabled=False)
    assert not list(examine_mappings(Resources((JOBS, DEAD), (reserved,), (), (disabled,))))


GB = 1024**3


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image("i", GB, "amd64"), []),
        (Image("i", GB, "amd64", "application/vnd.oci.image.manifest.v1+json"), []),
        (Image("i", int(9.5 * GB), "amd64"), [Level.WARNING]),
        (Image("i", 11 * GB, "amd64"), [Level.ERROR]),
        (Image("i", GB, "arm64"), [Level.ERROR]),
        (Image("i", GB, "amd64", "application/vnd.oci.image.index.v1+json"), [Level.ERROR]),
        (Image("i", GB, "amd64", "application/vnd.docker.distribution.manifest.list.v2+json"), [Level.ERROR]),
    ],
)
def test_rt04_images(image: Image, expected: list[Level]) -> None:
    found = list(examine_images({"worker": image}, {"worker": "x86_64"}))
    assert [finding.level for finding in found] == expected
    assert {finding.id for finding in found} <= {"RT-04"}


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        (Container("c", read_only=True), []),
        (Container("c", read_only=False), [Level.NOTE]),
        (Container("c", read_only=False, written=("/tmp/x",)), [Level.NOTE]),
        (Container("c", read_only=False, written=("/tmp/x", "/var/cache/model")), [Level.ERROR]),
        (Container("c", read_only=False, written=("/tmpfile",)), [Level.ERROR]),
    ],
)
def test_rt02_writes(container: Container, expected: list[Level]) -> None:
    assert [finding.level for finding in examine_containers({"worker": [container]})] == expected
