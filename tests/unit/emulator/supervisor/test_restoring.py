"""SnapStart (RT-14): environments of published versions are restored, and their runtimes run their hooks."""

import re
from dataclasses import replace

import pytest

from emulator.properties import TemplateError
from emulator.resources.function_description import describe
from emulator.runtime_environment import AwsAccess, variables
from emulator.supervisor import restoring
from tests.unit.emulator.supervisor.test_runtime_engine import run, running
from tests.unit.emulator.template.test_template import function, load, resources

RESTORED = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
SNAP_START = "{ApplyOn: PublishedVersions}"


def test_rt14_the_init_phase_is_over_when_the_hooks_have_run() -> None:
    async def scenario() -> None:
        async with running("snap start", "works", variables=RESTORED) as it:
            assert (await it.emulator.hears("ready"))["init_error"] == ""
            assert (await it.call("pid")).headers["facepipe-outcome"] == "success"
            assert it.logged() == ["initialised as snap-start", "restored 200"]

    run(scenario)


@pytest.mark.parametrize(
    ("how", "error"),
    [("fails", "Runtime.AfterRestoreError"), ("is late", "the hooks after the restoration took longer than 0.1 s")],
)
def test_rt14_a_hook_that_fails_or_takes_too_long_fails_the_init_phase(
    monkeypatch: pytest.MonkeyPatch, how: str, error: str
) -> None:
    monkeypatch.setattr(restoring, "RESTORE_S", 0.1)

    async def scenario() -> None:
        async with running("snap start", how, variables=RESTORED) as it:
            assert error in (await it.emulator.hears("ready"))["init_error"]
            assert (await it.call("pid")).headers["facepipe-outcome"] == "init failure"

    run(scenario)


def test_rt14_without_snap_start_there_is_nothing_to_restore() -> None:
    async def scenario() -> None:
        async with running("snap start", "works", variables={"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}) as it:
            await it.emulator.hears("ready")
            await it.call("pid")
            assert it.logged()[1] == "restored 404"

    run(scenario)


def test_rt14_published_versions_are_restored_and_latest_is_not() -> None:
    (latest,) = load(resources(function("F", SnapStart=SNAP_START))).functions
    first = replace(latest, version="1")
    aws = AwsAccess("http://127.0.0.1:9003", "us-east-1")
    name = "AWS_LAMBDA_INITIALIZATION_TYPE"
    assert [variables(version, "e", aws)[name] for version in (latest, first)] == ["on-demand", "snap-start"]
    assert describe(latest, "arn")["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert describe(first, "arn")["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    assert (latest.init_s(10), first.init_s(10)) == (10, 130)


def test_rt14_snap_start_has_512_mb_of_tmp() -> None:
    with pytest.raises(TemplateError, match=re.escape("a function with SnapStart has at most 512 MB of /tmp")):
        load(resources(function("F", SnapStart=SNAP_START, EphemeralStorage="{Size: 1024}")))
