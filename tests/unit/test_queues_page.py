"""docs/queues.md and the suite of queues stay in step: the page is the list of tests that a server may fail."""

import ast
from pathlib import Path

import pytest

from tests.queues.differences import differences

SUITE = Path(__file__).resolve().parents[1] / "queues"


def suite() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SUITE.glob("test_*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_the_page_names_exists() -> None:
    named = {test.partition("[")[0] for _, test in differences()}
    assert len(named) > 40
    assert named <= suite()


@pytest.mark.parametrize("kind", ["embedded", "elasticmq"])
def test_what_the_page_says_of_a_server_is_said_once(kind: str) -> None:
    whole = {test for server, test in differences() if server == kind and "[" not in test}
    parts = {test.partition("[")[0] for server, test in differences() if server == kind and "[" in test}
    assert not whole & parts


def test_the_page_says_that_the_embedded_server_fails_none() -> None:
    assert not [test for kind, test in differences() if kind == "embedded"], "say so in docs/queues.md"
