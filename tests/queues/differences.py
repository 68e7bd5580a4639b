"""Reads the page of differences, which is the list of tests that are expected to fail."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/queues.md"
SERVERS = {"embedded": "embedded", "ElasticMQ": "elasticmq"}  #: as the page calls them → as the tests do
_ROW = re.compile(r"^\| (embedded|ElasticMQ) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_TEST = re.compile(r"`(test_[^`]+)`")


def differences() -> dict[tuple[str, str], str]:
    """Return, by server and test, what the server does instead."""
    found = {}
    for kind, _, instead, tests in _ROW.findall(PAGE.read_text(encoding="utf-8")):
        for test in _TEST.findall(tests):
            found[SERVERS[kind], test] = instead
    return found
