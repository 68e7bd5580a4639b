"""Rules for faults: what they may say, and which calls they concern."""

import pytest

from emulator.faults.fault_rules import CALL_FAULTS, THROTTLES, FaultKind, FaultRule, FaultRuleError, read_rule
from emulator.faults.fault_switch import FaultSwitch

ERROR = FaultRule("worker", FaultKind.ERROR, calls=2)


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        ([], "give an object"),
        ({"kind": "error"}, "function is missing"),
        ({"function": 1, "kind": "error"}, "function is missing"),
        ({"function": "f"}, "kind is None; choose one of error, timeout"),
        ({"function": "f", "kind": "explode"}, "kind is 'explode'; choose one of error, timeout"),
        ({"function": "f", "kind": ["error"]}, "choose one of"),
        ({"function": "f", "kind": "slow"}, "say how slow"),
        ({"function": "f", "kind": "slow=0s"}, "from above 0 to 900 seconds"),
        ({"function": "f", "kind": "slow=1000s"}, "from above 0 to 900 seconds"),
        ({"function": "f", "kind": "slow=-1s"}, "choose one of"),
        ({"function": "f", "kind": "error", "calls": 0}, "calls is 0"),
        ({"function": "f", "kind": "error", "calls": True}, "calls is True"),
        ({"function": "f", "kind": "error", "calls": "3"}, "calls is '3'"),
        ({"function": "f", "kind": "error", "rate": 0}, "rate is 0"),
        ({"function": "f", "kind": "error", "rate": 1.5}, "rate is 1.5"),
        ({"function": "f", "kind": "error", "rate": float("nan")}, "rate is nan"),
        ({"function": "f", "kind": "error", "every": 2}, "every is unknown"),
    ],
)
def test_a_rule_that_cannot_be_used_names_its_field_and_the_cure(content: object, cure: str) -> None:
    with pytest.raises(FaultRuleError) as refused:
        read_rule(content)
    assert cure in str(refused.value)


@pytest.mark.parametrize("kind", ["error", "timeout", "crash", "oom", "throttle", "duplicate", "lost-delete", "late"])
def test_a_rule_reads_as_it_describes_itself(kind: str) -> None:
    rule = read_rule({"function": "f", "kind": kind, "calls": 3, "rate": 0.5})
    assert read_rule(rule.describe()) == rule


@pytest.mark.parametrize(("text", "seconds"), [("slow=2s", 2.0), ("slow=0.25s", 0.25), ("slow=900", 900.0)])
def test_a_slow_call_says_how_slow(text: str, seconds: float) -> None:
    rule = read_rule({"function": "f", "kind": text})
    assert (rule.kind, rule.slow_s) == (FaultKind.SLOW, seconds)
    assert read_rule(rule.describe()) == rule


def test_a_rule_ends_after_its_number_of_calls() -> None:
    switch = FaultSwitch()
    switch.switch_on(ERROR)
    taken = [switch.take("worker", CALL_FAULTS) for _ in range(3)]
    assert [rule and rule.kind for rule in taken] == [FaultKind.ERROR, FaultKind.ERROR, None]
    assert switch.rules == ()


def test_a_rule_concerns_its_function_and_its_kind_of_fault_only() -> None:
    switch = FaultSwitch()
    switch.switch_on(ERROR)
    assert switch.take("other", CALL_FAULTS) is None
    assert switch.take("worker", THROTTLES) is None
    assert switch.rules == (ERROR,), "neither has been counted"


def test_a_rate_is_a_share_of_the_calls() -> None:
    numbers = iter([0.05, 0.1, 0.99, 0.0])
    switch = FaultSwitch(chance=lambda: next(numbers))
    switch.switch_on(FaultRule("worker", FaultKind.ERROR, rate=0.1))
    assert [switch.take("worker", CALL_FAULTS) is not None for _ in range(4)] == [True, False, False, True]


def test_the_same_kind_again_replaces_the_rule_and_off_removes_a_functions_rules_or_all() -> None:
    switch, crash = FaultSwitch(), FaultRule("worker", FaultKind.CRASH)
    other = FaultRule("other", FaultKind.ERROR)
    for rule in (ERROR, crash, other, FaultRule("worker", FaultKind.ERROR, calls=9)):
        switch.switch_on(rule)
    assert [rule.calls for rule in switch.rules] == [None, None, 9]
    assert (switch.switch_off("worker"), switch.rules) == (2, (other,))
    assert (switch.switch_off(), switch.rules) == (1, ())
