"""Consoles that write into memory."""

import io

from rich.console import Console


def written(console: Console) -> str:
    """Return what was written to a console whose file is an `io.StringIO`."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
