"""The help is read in a terminal of 80 columns: no line is longer, and no word is cut off."""

import pytest
from typer.testing import CliRunner

from facepipe.__main__ import program

HELP = [[], ["up"], ["send"], ["forecast"], ["people"], ["bench"]]


@pytest.mark.parametrize("verb", HELP, ids=lambda verb: " ".join(verb) or "facepipe")
def test_help_fits_a_terminal_of_80_columns(verb: list[str]) -> None:
    text = CliRunner().invoke(program(), [*verb, "--help"], env={"COLUMNS": "80"}).output
    assert max(map(len, text.splitlines())) <= 80
    for line in text.splitlines():
        assert not line.rstrip("│ ").endswith(("…", "...")) or "COMMAND" in line or line.startswith("Usage"), line


def test_the_settings_of_up_are_there_in_full() -> None:
    text = CliRunner().invoke(program(), ["up", "--help"], env={"COLUMNS": "80"}).output
    assert "FACEPIPE_CONSOLE_SERVICES" in text
    assert "FACEPIPE_RUNTIME; runtime-api if not given" in " ".join(text.split())
    assert "public.ecr.aws/lambda/python:*=my-python" in text.replace("-\n", "-").replace(" ", "")


def test_verbs_are_listed_by_what_they_are_for() -> None:
    text = CliRunner().invoke(program(), ["--help"], env={"COLUMNS": "80"}).output
    titles = ["Run:", "Send photos:", "People:", "See what happened:", "AWS:", "Measure:"]
    assert [line for line in text.splitlines() if line in titles] == titles
    assert "case by case, and write a page (docs/conformance.md)." in " ".join(text.split())
