"""The program that people type, in this process: a new one takes a second to start."""

import subprocess

from typer.testing import CliRunner

from facepipe.__main__ import program

APP = program()


def facepipe(*arguments: str, columns: int = 200) -> subprocess.CompletedProcess[str]:
    """Run a verb; an error that nobody expects has exit code 1, as in a process of its own."""
    result = CliRunner().invoke(APP, arguments, env={"COLUMNS": str(columns)})
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)
