"""The commands that the pages tell people to type, and which test runs each.

A key is the beginning of a command. The options of every documented
`facepipe` command are read by the program's own parser in `tests/unit/test_documented_commands.py`.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAM = "facepipe"

_AWS = "needs AWS"
_SUITE = "is the suite itself"
_OTHERS = "is a program of somebody else"
_MEASURES = "measures for minutes, on a machine that does nothing else"

#: a command's beginning → the test that runs it
RUN_BY: Mapping[str, str] = {
    "facepipe up": "tests/processes/test_wheel.py",
    "facepipe init": "tests/processes/test_projects.py",
    "facepipe doctor": "tests/conformance/test_doctor.py",
    "facepipe send": "tests/processes/test_projects.py",
    "facepipe enrol": "tests/unit/facepipe/test_enrol_command.py",
    "facepipe people": "tests/unit/facepipe/test_enrol_command.py",
    "facepipe trace": "tests/acceptance/test_watch.py",
    "facepipe logs": "tests/acceptance/test_watch.py",
    "facepipe stats": "tests/acceptance/test_watch.py",
    "facepipe queues": "tests/conformance/test_troubleshooting_page.py",
    "facepipe fault": "tests/conformance/test_faults.py",
    "facepipe forecast": "tests/unit/facepipe/forecast/test_forecast_command.py",
    "facepipe push": "tests/unit/facepipe/ship/test_project_push.py",
    "facepipe bench pipeline": "tests/acceptance/test_watch.py",
    "facepipe bench emulator": "tests/processes/test_bench_emulator.py",
    "facepipe bench peers": "tests/processes/test_bench_peers.py",
    "docker compose up": "tests/acceptance/compose.py",
    "docker compose run": "tests/acceptance/compose.py",
    "docker compose watch": "tests/containers/test_watch.py",
    "docker compose logs": "tests/containers/test_soak.py",
    "docker compose down": "tests/acceptance/compose.py",
    "docker build": "tests/containers/test_up_docker.py",
    "python examples/camera.py": "tests/acceptance/test_plugin.py",
    "scripts/release": "tests/ship/test_release.py",
    "pip install dist/": "tests/processes/test_wheel.py",
    "python -m pip install build": "tests/processes/test_wheel.py",
    "python -m build": "tests/processes/test_wheel.py",
}

#: a command's beginning → why no test runs it
NOT_RUN: Mapping[str, str] = {
    "facepipe demo": "is run by .ci/run",
    "aws s3": _AWS,
    "aws logs": _OTHERS,
    "scripts/conformance": "is run by .ci/run; with --against aws it needs AWS",
    "facepipe evaluate": "is run by tests/unit/facepipe/test_evaluate_command.py with small photos; the pages name people's own",
    "facepipe bench": _MEASURES,
    "aws cloudformation": _AWS,
    "aws ecr": _AWS,
    "scripts/soak": _MEASURES,
    "scripts/test": _SUITE,
    "scripts/check": "is run by .ci/run",
    "scripts/coverage": _SUITE,
    "scripts/arm64": _SUITE,
    "pipx": _OTHERS,
    "uv": _OTHERS,
    "python ~/shop": "is the reader's own script",
}

_FIRST = re.compile(r"(?:facepipe|scripts/\w+|docker|aws|pipx?|uv|python3?|curl|sam|npx)(?= |$)")
_PREFIX = re.compile(r"(?:\$ |[A-Z_]+=\S+ |cd \S+ && |\S*\.venv/bin/(?=facepipe))")


@dataclass(frozen=True, slots=True)
class DocumentedCommand:
    """A line of a page's code block that somebody types."""

    page: str
    line: int
    words: tuple[str, ...]  #: `scripts/bench` is written as `facepipe bench`, which it runs

    @property
    def text(self) -> str:
        """The words in one line."""
        return " ".join(self.words)

    @property
    def place(self) -> str:
        """Where it is, for an error."""
        return f"{self.page}:{self.line}: {self.text}"


def documented_commands() -> Iterator[DocumentedCommand]:
    """Yield the commands of all pages, several in one line apart."""
    for page in PAGES:
        for number, line in _code_lines(page.read_text(encoding="utf-8")):
            for part in re.split(r" && | \| ", line):
                words = _words(part)
                if words:
                    yield DocumentedCommand(page.relative_to(ROOT).as_posix(), number, words)


def _code_lines(text: str) -> Iterator[tuple[int, str]]:
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            yield number, line


def _words(line: str) -> tuple[str, ...]:
    """Return a command's words; nothing for a line that is no command, such as output."""
    text = line.strip()
    while prefix := _PREFIX.match(text):
        text = text[prefix.end() :]
    if not _FIRST.match(text) or re.match(r"facepipe(: |-)|python = ", text):
        return ()
    text = re.split(r"\s+#\s|\s{4,}|\s\\$", text)[0]
    try:
        words = shlex.split(text)
    except ValueError:
        return ()
    script = ROOT / words[0]
    if words[0].startswith("scripts/") and f"\nexec {PROGRAM} {script.name} " in script.read_text(encoding="utf-8"):
        words[:1] = [PROGRAM, script.name]
    return tuple(words)
