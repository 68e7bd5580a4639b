"""Lets the C library keep what a call has freed for the next call.

Without it, each call gets its large arrays as new pages, which the system clears one by one: 1,290 pages and some 2 ms
for a photo of 640×480. Whether that happens depends on where in the heap the arrays come to lie.
"""

import contextlib
import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  #: mallopt(3)
KEPT_BYTES = 64 << 20  #: free memory at the heap's end beyond which it is given back
LARGEST_BYTES = 32 << 20  #: the most that GNU's C library takes from the heap; what is larger is given back when freed


def keep_freed_memory() -> None:
    """Set both limits for this process; nothing happens with another C library than GNU's."""
    with contextlib.suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGEST_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
