"""Separates the runtime's report of an error from what the function wrote before it in the same line."""

import re

#: awslambdaric reports an error as one line, in which carriage returns separate the lines of the traceback
_REPORT = re.compile(r"(?<=.)(?=\[ERROR\] [^\r]+\rTraceback \(most recent call last\):\r)")


def records(line: str) -> list[str]:
    """Return a line of output as its records: two if the function's last text had no line break of its own.

    On AWS they are two events of the log, because the runtime marks where each record begins.
    """
    return _REPORT.split(line, maxsplit=1)
