"""The virtual environments of what `bench models` compares with: in var/, never in the pipeline.

python -m facepipe.bench.environments     # makes the original's where it is missing, and prints its Python
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from facepipe.bench.cell import ONNX_RUNTIME, OPENVINO, ORIGINAL
from facepipe.paths import Paths
from services.nets.building.fetch import Say


@dataclass(frozen=True, slots=True)
class InstalledEngine:
    """What one engine needs beside Python."""

    folder: str  #: in var/
    steps: tuple[tuple[str, ...], ...]  #: pip's arguments, one call each
    download_mb: int  #: at least
    free_gb: float  #: on the disk


ENVIRONMENTS: Mapping[str, InstalledEngine] = {
    # facenet-pytorch's own pins are older than what it works with. The goldens are made with it as well.
    ORIGINAL: InstalledEngine(
        "reference",
        (
            ("torch==2.13.0", "numpy", "onnx", "pillow", "requests", "tqdm"),
            ("--no-deps", "facenet-pytorch==2.6.0"),
        ),
        download_mb=300,
        free_gb=6,
    ),
    ONNX_RUNTIME: InstalledEngine("onnxruntime", (("onnxruntime==1.32.0", "numpy"),), download_mb=40, free_gb=0.5),
    OPENVINO: InstalledEngine("openvino", (("openvino==2026.4.1", "numpy"),), download_mb=60, free_gb=0.5),
}


class EnvironmentMissingError(RuntimeError):
    """The environment could not be made; the message says why and what to do."""


def prepare_environment(engine: str, paths: Paths, say: Say) -> Path:
    """Make an engine's environment where it is missing or of other versions, and return its Python interpreter."""
    environment = ENVIRONMENTS[engine]
    folder = paths.var / environment.folder
    python, complete, wanted = folder / "bin/python", folder / "complete", f"{sys.version}\n{environment.steps}\n"
    if complete.exists() and complete.read_text(encoding="utf-8") == wanted:
        return python
    paths.var.mkdir(exist_ok=True)
    if shutil.disk_usage(paths.var).free < environment.free_gb * 1e9:
        raise EnvironmentMissingError(f"{engine} needs {environment.free_gb} GB of free disk in {paths.var}: free some")
    say(f"{engine}: an environment of its own in {folder}, at least {environment.download_mb} MB to download, once")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)], f"{engine}: its environment could not be made")
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--constraint"]
    for step in environment.steps:
        _run([*pip, str(paths.root / "constraints.txt"), *step], f"{engine}: pip could not install {step[0]}")
    complete.write_text(wanted, encoding="utf-8")
    return python


def _run(command: list[str], problem: str) -> None:
    """Run a command with its own progress on standard error."""
    try:
        subprocess.run(command, stdout=sys.stderr, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise EnvironmentMissingError(
            f"{problem}: see the message above, and run this again; there are packages for Python 3.11 to 3.14"
        ) from error


def main() -> int:
    """Prepare the original's, for scripts."""

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    try:
        sys.stdout.write(f"{prepare_environment(ORIGINAL, Paths(), say)}\n")
    except EnvironmentMissingError as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
