"""Images of a checkout whose files only its owner may read: a clone with umask 077."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: what the images copy; of files that packages are installed by, the modes stay, so that these need no download again
COPIED = ("services", "emulator", "facepipe", "images")
READ_ALL = """
import os, sys
for folder, _, names in os.walk(sys.argv[1], onerror=lambda error: sys.exit(str(error))):
    for name in names:
        open(os.path.join(folder, name), "rb").close()
"""


@pytest.fixture(scope="module")
def private_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("private")
    for name in ("pyproject.toml", "constraints.txt", "template.yaml", ".dockerignore"):
        shutil.copy(ROOT / name, copy)
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "template.yaml").chmod(0o600)
    for path in (path for name in ("services", "emulator", "facepipe") for path in (copy / name).rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    for name in ("services", "emulator", "facepipe"):
        (copy / name).chmod(0o700)
    return copy


@pytest.mark.docker
@pytest.mark.usefixtures("docker_engine")
@pytest.mark.parametrize(("target", "folder"), [("handlers", "/var/task"), ("emulator", ".")])
def test_the_user_of_the_containers_can_read_a_private_checkouts_files(
    private_checkout: Path, target: str, folder: str
) -> None:
    """On Lambda it is a user of AWS's, who could not import the handler either."""
    build = ["docker", "build", "--quiet", "--target", target, "--file", "images/Dockerfile", "."]
    image = subprocess.run(build, cwd=private_checkout, check=True, capture_output=True, text=True).stdout.strip()
    run = ["docker", "run", "--rm", "--user", "993:990", "--network", "none", "--entrypoint", "python3", image]
    try:
        read = subprocess.run([*run, "-c", READ_ALL, folder], check=False, capture_output=True, text=True)
    finally:
        subprocess.run(["docker", "rmi", image], check=False, capture_output=True)
    assert (read.returncode, read.stderr) == (0, "")
