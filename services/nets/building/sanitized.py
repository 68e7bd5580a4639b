"""Compiles kernels that check themselves: GCC's AddressSanitizer and UndefinedBehaviorSanitizer.

`python -m services.nets.building.sanitized MODELS TARGET` makes TARGET a copy of the models. Its kernels end the
process at the first access outside of their memory, and at the first undefined operation. The command prints the
library that must be preloaded. `scripts/test --sanitize` runs the kernels' tests with both.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from services.nets.building.compiler import FLAGS, SOURCES, VARIANTS

OPTIMISED = ("-O3", "-s")  #: flags of the usual build that hide where an error is
CHECKED = ("-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
STRICT = ("-Wall", "-Wextra", "-Werror")


def main() -> None:
    """Make the folder and print the preloaded library; end with a message if there is no GCC."""
    parser = argparse.ArgumentParser(description="Compile kernels that check themselves")
    parser.add_argument("models", type=Path, help="folder with the built models")
    parser.add_argument("target", type=Path, help="folder to make")
    arguments = parser.parse_args()
    compiler = os.environ.get("CXX") or shutil.which("g++")
    if not compiler:
        sys.exit("kernels: checking them needs GCC: sudo apt install g++")
    compile_checked(arguments.models, arguments.target, compiler)
    print(_output(compiler, "-print-file-name=libasan.so"))  # the answer


def compile_checked(models: Path, target: Path, compiler: str) -> None:
    """Copy the models and compile checked kernels beside them; the manifest names the kernels' new sha256."""
    shutil.copytree(models, target, dirs_exist_ok=True)
    for name, processor in VARIANTS[platform.machine()].items():
        flags = [flag for flag in FLAGS if flag not in OPTIMISED]
        sources = sorted(map(str, SOURCES.glob("*.cpp")))
        command = [compiler, *flags, *CHECKED, *STRICT, f"-march={processor}", *sources, "-o", str(target / name)]
        subprocess.run(command, check=True, stdout=sys.stderr)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["files"].items():
        entry["sha256"] = hashlib.sha256((target / name).read_bytes()).hexdigest()
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
