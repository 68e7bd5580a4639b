"""Compiles kernels that check themselves: GCC's AddressSanitizer and UndefinedBehaviorSanitizer.

`python -m services.nets.building.sanitized MODELS TARGET` makes TARGET a copy of the models. Its kernels end the
process at the first access outside of their memory, and at the first undefined operation. The command prints the
library that must be preloaded. `scripts/test --sanitize` runs the kernels' tests with both.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from services.nets.building.compiled_copy import compile_copy
from services.nets.building.compiler import FLAGS

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
    flags = [flag for flag in FLAGS if flag not in OPTIMISED]
    command = [compiler, *flags, *CHECKED, *STRICT]
    compile_copy(arguments.models, arguments.target, platform.machine(), command)
    print(_output(compiler, "-print-file-name=libasan.so"))  # the answer


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
