"""Recognises files that a function writes into its own folder, which must not reload it again and again.

A save and a write of the function look the same. But the function writes only while it initialises or serves a call,
and it does so again after each reload.
"""

from dataclasses import dataclass, field
from pathlib import Path

DATA_WRITES = 3  #: a file changes so often in a row while the function works: from then on the function has written it
CODE_WRITES = 20  #: the same for Python files, which people save often while calls are made


@dataclass(slots=True)
class OwnWrites:
    """Counts how often in a row each file of a function changed while the function worked."""

    _in_a_row: dict[tuple[str, Path], int] = field(default_factory=dict)

    def is_own(self, function: str, file: Path, *, initialising: bool, serving: bool) -> bool:
        """Return whether a file that has just changed is taken as written by the function itself.

        A change while the function is idle is somebody's save. So is one of a Python file while a call is served.
        """
        is_code = file.suffix == ".py"
        if not (initialising or (serving and not is_code)):
            self._in_a_row.pop((function, file), None)
            return False
        number = self._in_a_row[function, file] = self._in_a_row.get((function, file), 0) + 1
        return number >= (CODE_WRITES if is_code else DATA_WRITES)
