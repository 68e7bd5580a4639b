"""A malformed template as whoever starts the emulator sees it: one line with the place and the cure, exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: %s}}}"
NAMED = "{Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt %s.QueueName}}"
MALFORMED = {
    "an unknown type": (
        "Resources: {B: {Type: AWS::S3::Bucket}}",
        "Resources.B.Type: AWS::S3::Bucket is not emulated; the emulated types are AWS::Lambda::",
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
        "QueueName.Fn::GetAtt: is a circular reference: B → A → B; remove one of these references",
    ),
    "a YAML error": ("Resources: {Q: [}", "line 1, column 17: "),
    "5 MB": ("Resources: {}\n" + "# comment\n" * 500_000, "CloudFormation allows 1,000,000; split the stack"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_template_is_one_line(tmp_path: Path, case: str) -> None:
    text, words = MALFORMED[case]
    (tmp_path / "bad.yaml").write_text(text)
    environment = {**os.environ, "FACEPIPE_TEMPLATE": str(tmp_path / "bad.yaml")}
    command = [sys.executable, "-m", "emulator"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    (line,) = (result.stdout + result.stderr).strip().splitlines()
    assert "bad.yaml" in line
    assert words in line
