"""Reads the page of differences, which is the list of tests that are expected to fail."""

from pathlib import Path

from tests.page_items import page_items

PAGE = Path(__file__).resolve().parents[2] / "docs/queues.md"
SERVERS = {"embedded": "embedded", "ElasticMQ": "elasticmq"}  #: as the page calls them → as the tests do


def differences() -> dict[tuple[str, str], str]:
    """Return, by server and test, what the server does instead."""
    return {
        (kind, test): item.fields[server]
        for item in page_items(PAGE)
        for server, kind in SERVERS.items()
        if server in item.fields
        for test in item.tests
    }
