"""The C library keeps freed memory: looked at in a process of its own, since the setting is for good."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import resource
from services.freed_memory import keep_freed_memory

def page_faults() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        array = bytearray(8 << 20)
        del array
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
print(page_faults())
"""


def test_memory_of_one_call_serves_the_next(root: Path) -> None:
    faults = int(subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, check=True, capture_output=True).stdout)
    assert faults < 2 * (8 << 20) / 4096, "20 arrays, and the pages of one are fetched"
