"""Copies built models and gives them kernels that are compiled in another way, or for another kind of processor.

`python -m services.nets.building.compiled_copy MODELS TARGET MACHINE COMPILER` compiles for MACHINE (aarch64 or
x86_64) with a cross compiler: `scripts/arm64` tests the kernels for 64-bit ARM so.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from services.nets.building.compiler import FLAGS, SOURCES, VARIANTS
from services.nets.model_files import MANIFEST


def compile_copy(models: Path, target: Path, machine: str, command: Sequence[str]) -> None:
    """Make `target` a copy of `models` with libraries for `machine` only; its manifest has their sha256.

    `command` is the compiler with its flags; sources, processor and output are appended.
    """
    manifest = json.loads((models / MANIFEST).read_text(encoding="utf-8"))
    libraries = {name for names in VARIANTS.values() for name in names}
    files = {name: entry for name, entry in manifest["files"].items() if name not in libraries}
    target.mkdir(parents=True, exist_ok=True)
    for name in files:
        shutil.copy2(models / name, target)
    sources = sorted(map(str, SOURCES.glob("*.cpp")))
    for name, processor in VARIANTS[machine].items():
        library = target / name
        subprocess.run([*command, f"-march={processor}", *sources, "-o", str(library)], check=True, stdout=sys.stderr)
        files[name] = {"sha256": hashlib.sha256(library.read_bytes()).hexdigest(), "bytes": library.stat().st_size}
    (target / MANIFEST).write_text(json.dumps({**manifest, "files": files}), encoding="utf-8")


def main() -> None:
    """Make the copy that the command line names."""
    parser = argparse.ArgumentParser(description="Copy models, with kernels for another kind of processor")
    parser.add_argument("models", type=Path, help="folder with the built models")
    parser.add_argument("target", type=Path, help="folder to make")
    parser.add_argument("machine", choices=sorted(VARIANTS), help="what to compile for")
    parser.add_argument("compiler", help="the cross compiler, such as aarch64-linux-gnu-g++")
    arguments = parser.parse_args()
    compile_copy(arguments.models, arguments.target, arguments.machine, [arguments.compiler, *FLAGS])


if __name__ == "__main__":
    main()
