"""Functions that call themselves, directly or through others, when no environment is left for the call."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.aws.trace_header import header_inside_invocation, parent_segment_id
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function
from tests.unit.emulator.scripted import Starts
from tests.unit.emulator.sqs_model import now, run
from tests.unit.emulator.stacks import live

Plan = Mapping[str, object]  #: of a function: which it calls, then how long it works, and in which order


@dataclass
class Calling:
    """An engine of functions that call each other: the event says whom, and they wait for the answer."""

    pools: Pools

    async def call(self, invocation: Invocation) -> Outcome:
        plan = json.loads(invocation.payload)
        await asyncio.sleep(plan.get("first_s", 0.1))
        header = header_inside_invocation(
            invocation.trace_id, invocation.request_id
        )  # what the function's client passes on
        answers = [made(self.pools, called, header) for called in plan.get("calls", ())]
        outcomes = await asyncio.gather(*answers)
        refused = next((one for one in outcomes if one.kind is not OutcomeKind.SUCCESS), None)
        return refused or Outcome(OutcomeKind.SUCCESS, b"null")


def made(pools: Pools, plan: Plan, header: str = "") -> asyncio.Future[Outcome]:
    name = str(plan["function"])
    request_id = f"{name}-{id(plan)}-{now()}"
    call = Invocation(name, request_id, json.dumps(plan).encode(), header, caller=parent_segment_id(header))
    return asyncio.ensure_future(pools.invoke(call))


def outcomes_of(*plans: Plan, limits: int = 1) -> list[Outcome]:
    async def main() -> list[Outcome]:
        names = ("a", "b")
        functions = [Function(name, name, "image", (), 10, 128, 512) for name in names]
        pools = Pools(live(*functions))
        starts: Any = Starts(limits=limits, pools=pools, engine=lambda: Calling(pools))
        for pool in pools.pools.values():
            pool.starter = starts
            pool.keep_warm()
        await asyncio.sleep(2)
        async with asyncio.timeout(100):
            calls = [made(pools, plan) for plan in plans]
            return list(await asyncio.gather(*calls))

    return run(main())


def nested(*names: str) -> Plan:
    plan: Plan = {"function": names[-1]}
    for name in reversed(names[:-1]):
        plan = {"function": name, "calls": [plan]}
    return plan


def test_a_function_that_calls_itself_at_its_limit_fails_at_once_with_the_reason() -> None:
    (outcome,) = outcomes_of(nested("a", "a"))
    assert outcome.kind is OutcomeKind.THROTTLED
    assert "a waits for itself" in outcome.reason
    assert "--environments a=N" in outcome.reason
    assert json.loads(outcome.payload) == {"Reason": "ConcurrentInvocationLimitExceeded"}


def test_below_its_limit_it_may_call_itself() -> None:
    (outcome,) = outcomes_of(nested("a", "a"), limits=2)
    assert outcome.kind is OutcomeKind.SUCCESS
    (outcome,) = outcomes_of(nested("a", "a", "a"), limits=2)
    assert outcome.kind is OutcomeKind.THROTTLED


def test_through_another_function_it_fails_as_well() -> None:
    (outcome,) = outcomes_of(nested("a", "b", "a"))
    assert outcome.kind is OutcomeKind.THROTTLED


def test_two_that_wait_for_each_other_are_found() -> None:
    """Neither chain alone is a circle: each has what the other one wants."""
    found = outcomes_of(nested("a", "b"), nested("b", "a"))
    assert sorted(outcome.kind.value for outcome in found) == ["success", "throttled"]


def test_a_call_that_waits_behind_others_of_the_same_trace_is_served() -> None:
    """Two calls at once of one function: the second waits for the first, which waits for nobody."""
    twice = {"function": "a", "calls": [{"function": "b"}, {"function": "b", "first_s": 0.2}]}
    (outcome,) = outcomes_of(twice)
    assert outcome.kind is OutcomeKind.SUCCESS


def test_a_call_of_itself_that_another_invocation_makes_room_for_waits_and_is_served() -> None:
    found = outcomes_of(nested("a", "a"), {"function": "a", "first_s": 5}, limits=2)
    assert [outcome.kind for outcome in found] == [OutcomeKind.SUCCESS] * 2


def test_calls_from_outside_never_fail_for_it() -> None:
    plans: list[Plan] = [{"function": "a"} for _ in range(20)]
    found = outcomes_of(*plans)
    assert {outcome.kind for outcome in found} == {OutcomeKind.SUCCESS}
