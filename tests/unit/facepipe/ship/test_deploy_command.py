"""The command that deploys pushed images: what `aws cloudformation deploy` is given."""

import json
import shlex
from pathlib import Path

from facepipe.ship.deploy_command import deploy_command
from tests.unit.facepipe.ship.test_template_images import SAM

ROOT = Path(__file__).resolve().parents[4]
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


def options(command: str) -> dict[str, list[str]]:
    """The options of the command, each with its values."""
    words = shlex.split(command)
    assert words[:3] == ["aws", "cloudformation", "deploy"]
    found: dict[str, list[str]] = {}
    for word in words[3:]:
        if word.startswith("--"):
            found[word] = []
        else:
            found[list(found)[-1]].append(word)
    return found


def test_facepipes_own_template_gets_both_digests_as_parameters_and_callers_sign(tmp_path: Path) -> None:
    uris = {name: f"{ECR}/facepipe/{name}@sha256:{name[5:7]}" for name in ("face-detection", "face-recognition")}
    given = options(deploy_command(ROOT / "template.yaml", "facepipe", uris, tmp_path))
    assert given["--template-file"] == [str(ROOT / "template.yaml")]
    assert given["--region"] == ["eu-central-1"]
    assert given["--stack-name"] == ["facepipe"]
    assert set(given["--parameter-overrides"]) == {
        f"DetectionImageUri={uris['face-detection']}",
        f"RecognitionImageUri={uris['face-recognition']}",
        "FunctionUrlAuthType=AWS_IAM",
    }
    assert list(tmp_path.iterdir()) == []


def test_a_template_without_parameters_for_images_is_copied_with_their_digests(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").write_text("FROM scratch")
    (tmp_path / "template.yaml").write_text(SAM)
    uri = f"{ECR}/shop/photo-taker@sha256:1"
    given = options(deploy_command(tmp_path / "template.yaml", "shop", {"photo-taker": uri}, tmp_path / "kept"))
    (file,) = given["--template-file"]
    resources = json.loads(Path(file).read_text())["Resources"]
    assert Path(file).parent == tmp_path / "kept"
    assert [one["Properties"]["ImageUri"] for one in resources.values() if "Dockerfile" in str(one)] == [uri] * 2
    assert given["--capabilities"] == ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
