"""A malformed template as whoever starts the emulator sees it: one line with the place and the cure, exit code 2."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from emulator.__main__ import main

ROOT = Path(__file__).resolve().parents[4]
QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: %s}}}"
FUNCTION = """Resources:
  %s: {Type: AWS::Lambda::Function, Properties: {%sPackageType: Image, Code: {ImageUri: i}, %s}}"""
TWO_QUEUES = """Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: %s}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: %s}}"""
NAMED = "{Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt %s.QueueName}}"
MALFORMED = {
    "an unknown type": (
        "Resources: {B: {Type: AWS::SQS::Queu}}",
        "Resources.B.Type: AWS::SQS::Queu is not a type of CloudFormation that the emulator knows; did you mean",
    ),
    "a dangling Ref": (
        QUEUE % "!Ref Nobody",
        "Resources.Q.Properties.VisibilityTimeout.Ref: Nobody is neither a parameter nor a resource; check its spelling",
    ),
    "a wrong unit": (
        QUEUE % "30s",
        "Resources.Q.Properties.VisibilityTimeout: '30s' is not a whole number; write digits only, without a unit",
    ),
    "a cycle": (
        f"Resources: {{A: {NAMED % 'B'}, B: {NAMED % 'A'}}}",
        "QueueName.Fn::GetAtt: is a circular reference: A → B → A; remove one of these references",
    ),
    "a function's name that Lambda does not allow": (
        FUNCTION % ("F", 'FunctionName: "a\\e[2Jb", ', ""),
        "Resources.F.Properties.FunctionName: Lambda does not allow the name 'a\\x1b[2Jb'; use 1 to 64 letters, digits",
    ),
    "a function's name that is too long": (
        FUNCTION % ("F", f"FunctionName: {'a' * 65}, ", ""),
        f"Lambda does not allow the name '{'a' * 65}'; use 1 to 64 letters",
    ),
    "a queue's name that SQS does not allow": (
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: ../q}}}",
        "Resources.Q.Properties.QueueName: SQS does not allow the name '../q'; use 1 to 80 letters",
    ),
    "a variable's name that Lambda does not allow": (
        FUNCTION % ("F", "", "Environment: {Variables: {A-B: x}}"),
        "Resources.F.Properties.Environment.Variables: Lambda does not allow the name 'A-B'; use a letter first",
    ),
    "a log group's name that CloudWatch does not allow": (
        FUNCTION % ("F", "", "LoggingConfig: {LogGroup: 'a b'}"),
        "Resources.F.Properties.LoggingConfig.LogGroup: CloudWatch does not allow the name 'a b'; use 1 to 512",
    ),
    "a logical id that is no name": (
        "Resources: {a_b: {Type: AWS::SQS::Queue}}",
        "Resources: 'a_b' cannot be a logical id; use letters and digits only",
    ),
    "two functions of one name": (
        FUNCTION % ("F", "FunctionName: twin, ", "")
        + "\n"
        + "  G: {Type: AWS::Lambda::Function, Properties: {FunctionName: twin, PackageType: Image, Code: {ImageUri: i}}}",
        "Resources.G.Properties.FunctionName: twin is the name of F as well; choose another",
    ),
    "two queues of one name": (
        TWO_QUEUES % ("q", "q"),
        "Resources.B.Properties.QueueName: q is the name of A as well; choose another",
    ),
    "a YAML error": ("Resources: {Q: [}", "line 1, column 17: "),
    "5 MB": ("Resources: {}\n" + "# comment\n" * 500_000, "CloudFormation allows 1,000,000; split the stack"),
}


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The program sets up logging for a process of its own."""
    root = logging.getLogger()
    with patch.object(root, "handlers", []), patch.object(root, "level", root.level):
        yield


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_template_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], case: str
) -> None:
    text, words = MALFORMED[case]
    (tmp_path / "bad.yaml").write_text(text)
    monkeypatch.setenv("FACEPIPE_TEMPLATE", str(tmp_path / "bad.yaml"))
    assert main() == 2
    (line,) = "".join(capfd.readouterr()).strip().splitlines()
    assert "bad.yaml" in line
    assert words in line


def test_several_problems_are_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "Resources: {A: {Type: 3}, B: {Type: AWS::SQS::Queue, Properties: {Colour: red}}}"
    )
    environment = {**os.environ, "FACEPIPE_TEMPLATE": str(tmp_path / "bad.yaml")}
    command = [sys.executable, "-m", "emulator"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "facepipe: bad.yaml: 2 problems:",
        "  Resources.A: needs a Type",
        "  Resources.B.Properties.Colour: AWS::SQS::Queue has no property Colour; correct its name, or remove it",
    ]
