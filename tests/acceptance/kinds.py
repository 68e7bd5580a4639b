"""The kinds of pipeline on which the acceptance tests run, and which tests run on which.

A test runs on the pipeline of processes and on that of containers, whose queue server, network, limits, Python and
compiled kernels differ, unless it says otherwise:

* `once`: on the pipeline of processes alone, for a test of a program that sees no more of a pipeline than its ports.
"""

import os

import pytest

NATIVE = "native"
CONTAINERS = "containers"
STACK = "stack"  #: FACEPIPE_STACK=name runs the suite against a deployed stack instead

once = pytest.mark.kinds(NATIVE)


def kinds_of(test: pytest.Item) -> list[object]:
    """Return the parameters of the fixture `pipeline` for a test."""
    if os.environ.get("FACEPIPE_STACK"):
        return [STACK]
    mark = test.get_closest_marker("kinds")
    kinds = mark.args if mark else (NATIVE, CONTAINERS)
    return [pytest.param(kind, marks=pytest.mark.docker) if kind == CONTAINERS else kind for kind in kinds]
