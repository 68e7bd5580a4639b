"""The environment in which the original facenet-pytorch runs: for goldens and for comparison, never in the pipeline.

python -m facepipe.bench.reference     # makes it where it is missing, and prints its Python
"""

import shutil
import subprocess
import sys
from pathlib import Path

from facepipe.paths import Paths
from images.models.fetch import Say

#: pip's arguments, one call each; facenet-pytorch's own pins are older than what it works with
STEPS = (
    ("torch==2.13.0", "numpy", "onnx", "pillow", "requests", "tqdm"),
    ("--no-deps", "facenet-pytorch==2.6.0"),
)
FREE_BYTES = 6_000_000_000


class ReferenceEnvironmentError(RuntimeError):
    """The environment could not be made; the message says why and what to do."""


def prepare_reference(paths: Paths, say: Say) -> Path:
    """Make the environment where it is missing or of other versions, and return its Python interpreter."""
    folder = paths.var / "reference"
    python, complete, wanted = folder / "bin/python", folder / "complete", f"{sys.version}\n{STEPS}\n"
    if complete.exists() and complete.read_text(encoding="utf-8") == wanted:
        return python
    paths.var.mkdir(exist_ok=True)
    if shutil.disk_usage(paths.var).free < FREE_BYTES:
        raise ReferenceEnvironmentError(f"torch needs {FREE_BYTES / 1e9:g} GB of free disk in {paths.var}: free some")
    say(f"the reference: torch and facenet-pytorch into {folder}, at least 300 MB to download, once")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)], "its environment could not be made")
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--constraint"]
    for step in STEPS:
        _run([*pip, str(paths.root / "constraints.txt"), *step], "pip could not install it")
    complete.write_text(wanted, encoding="utf-8")
    return python


def _run(command: list[str], problem: str) -> None:
    """Run a command with its own progress on standard error."""
    try:
        subprocess.run(command, stdout=sys.stderr, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReferenceEnvironmentError(
            f"the reference: {problem}: see the message above, and run this again; torch 2.13.0 needs Python 3.11–3.14"
        ) from error


def main() -> int:
    """Prepare it, for scripts."""

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    try:
        sys.stdout.write(f"{prepare_reference(Paths(), say)}\n")
    except ReferenceEnvironmentError as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
