"""Compiles the kernels: a library for each kind of processor that the machine's architecture has.

Takes the system's C++ compiler; where there is none, the one that the package `ziglang` brings along.
"""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from services.nets.building.fetch import Say

SOURCES = Path(__file__).parents[1] / "kernels"
ZIG = "ziglang==0.17.1"

#: architecture → name of a library and what it is compiled for; services/nets/kernel_library.py chooses among them
VARIANTS: Mapping[str, Mapping[str, str]] = {
    "x86_64": {
        "kernels-x86-64-v4.so": "x86-64-v4",
        "kernels-x86-64-v3.so": "x86-64-v3",
        "kernels-x86-64.so": "x86-64",
    },
    "aarch64": {"kernels-aarch64.so": "armv8-a"},
}
#: no exceptions, no types at run time: nothing of C++'s own library is needed where the kernels run
FLAGS = (
    "-std=c++17",
    "-O3",
    "-shared",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-exceptions",
    "-fno-rtti",
    "-s",
    "-ffp-contract=fast",
    "-Wl,--build-id=none",  # the same file every time
)
WIDE = "-mprefer-vector-width=512"  #: or Clang would halve the vectors that AVX-512 has


class CompileError(RuntimeError):
    """The kernels could not be compiled; the message says why and what to do."""


@contextlib.contextmanager
def compiling(directory: Path, tools: Path, say: Say) -> Iterator[Callable[[], list[Path]]]:
    """Compile the libraries for this machine into `directory` while the block does something else.

    What it yields waits for them and returns them. A block that ends without that ends the compilers. A compiler that
    must be fetched goes to `tools`, before the block begins.
    """
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    if machine not in VARIANTS:
        raise CompileError(f"there are kernels for {' and '.join(VARIANTS)}, not for {machine}")
    compiler = _compiler(tools, say)
    say(f"compiling the kernels with {compiler[0]}: {len(VARIANTS[machine])} libraries, meanwhile")
    directory.mkdir(parents=True, exist_ok=True)
    jobs: dict[Path, subprocess.Popen[str]] = {}
    try:
        for name, kind in VARIANTS[machine].items():
            jobs[directory / name] = _start(compiler, name, kind, directory)
        yield lambda: _finished(jobs, compiler[0], say)
    finally:
        for target, job in jobs.items():
            if job.poll() is None:
                os.killpg(job.pid, signal.SIGTERM)
                job.communicate()
            Path(f"{target}.part").unlink(missing_ok=True)


def _start(compiler: Sequence[str], name: str, processor: str, directory: Path) -> subprocess.Popen[str]:
    sources = sorted(map(str, SOURCES.glob("*.cpp")))
    command = [*compiler, *FLAGS, *_target(processor, compiler), *sources, "-o", f"{directory / name}.part"]
    # In a group of its own it can be ended together with the processes that it starts.
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0)


def _finished(jobs: Mapping[Path, subprocess.Popen[str]], compiler: str, say: Say) -> list[Path]:
    messages = {}
    for number, (target, job) in enumerate(jobs.items(), 1):
        messages[target] = job.communicate()[0]
        if not job.returncode:
            say(f"  {target.name}: {number} of {len(jobs)}")
    for target, job in jobs.items():
        if job.returncode:
            cure = "set CXX to another C++17 compiler"
            raise CompileError(f"{compiler} could not compile {target.name}: {cure}\n{messages[target]}")
        Path(f"{target}.part").rename(target)
    return list(jobs)


def _compiler(tools: Path, say: Say) -> list[str]:
    """Return the command that compiles C++: CXX, the system's, or Zig's."""
    if named := os.environ.get("CXX"):
        if not shutil.which(named.split()[0]):
            raise CompileError(f"CXX names {named}, which is not there: unset it, or name a C++17 compiler")
        return named.split()
    for command in ("c++", "g++", "clang++"):
        if found := shutil.which(command):
            return [found]
    folder = tools / ZIG.replace("==", "-")
    if not folder.exists():
        say("no C++ compiler here: fetching one, 100 MB, once (`sudo apt install g++` would spare that)")
        _fetch_zig(folder)
    return [str(folder / "ziglang/zig"), "c++"]


def _fetch_zig(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:"]
    pip += [] if sys.stderr.isatty() else ["--quiet"]  # its bar shows how far it is
    try:
        subprocess.run([*pip, "--target", str(part), ZIG], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        cure = "sudo apt install g++, and run this again"
        raise CompileError(f"there is no C++ compiler, and none could be fetched: {cure}") from error
    part.rename(folder)


def _target(processor: str, compiler: Sequence[str]) -> list[str]:
    """Return what tells the compiler the processor: Zig has names of its own."""
    wide = [WIDE] if processor == "x86-64-v4" else []
    if not compiler[0].endswith("ziglang/zig"):
        return [f"-march={processor}", *wide]
    return [] if processor == "armv8-a" else [f"-mcpu={processor.replace('-', '_')}", *wide]
