"""What exists: a changed template makes the difference, and every change is told to those who act on it."""

from dataclasses import replace
from typing import Any

from emulator.resources import EventInvokeConfig, EventSourceMapping, Function, FunctionUrl, Queue
from emulator.stack.live import ResourceChange
from emulator.stack.live_mappings import State
from emulator.stack.stack import LiveUrl, Stack
from tests.unit.emulator.stacks import resources, stack_of

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
ECHO = replace(WORKER, logical_id="Echo", name="echo")
JOBS = Queue("Jobs", "jobs", {})
POLLED = EventSourceMapping("JobsToWorker", "jobs", "worker")
URL = FunctionUrl("EchoUrl", "echo", "NONE")


def told(live: Any) -> list[ResourceChange[Any]]:
    changes: list[ResourceChange[Any]] = []
    live.subscribe(changes.append)
    return changes


def test_what_is_added_changed_and_removed_is_told() -> None:
    stack = stack_of(functions=[WORKER])
    changes = told(stack.functions)
    slower = replace(WORKER, timeout_s=9)
    stack.apply(resources(functions=[slower, ECHO]))
    stack.apply(resources(functions=[ECHO]))
    assert changes == [
        ResourceChange("worker", WORKER, slower),
        ResourceChange("echo", None, ECHO),
        ResourceChange("worker", slower, None),
    ]
    assert dict(stack.functions) == {"echo": ECHO}


def test_a_template_that_says_the_same_changes_nothing() -> None:
    given = resources(
        queues=[JOBS],
        functions=[WORKER, ECHO],
        urls=[URL],
        mappings=[POLLED],
        event_invokes=[EventInvokeConfig("worker")],
    )
    stack = Stack()
    stack.apply(given)
    every = (stack.queues, stack.functions, stack.urls, stack.mappings, stack.event_invokes)
    assert [len(live) for live in every] == [1, 2, 1, 1, 1]
    changes = [told(live) for live in every]
    stack.apply(replace(given))
    assert changes == [[], [], [], [], []]


def test_what_the_api_changed_stays_until_the_template_says_otherwise() -> None:
    """CloudFormation compares a template with the one before, not with what there is."""
    stack = stack_of(functions=[WORKER, ECHO])
    stack.functions.put("worker", replace(WORKER, memory_mb=512))
    stack.functions.put("made", made := replace(WORKER, name="made"))
    stack.apply(resources(functions=[WORKER]))
    assert stack.functions["worker"].memory_mb == 512
    assert stack.functions["made"] == made
    assert "echo" not in stack.functions
    stack.apply(resources(functions=[replace(WORKER, timeout_s=9)]))
    assert stack.functions["worker"] == replace(WORKER, timeout_s=9)


def test_a_mapping_that_the_api_made_is_not_the_templates() -> None:
    stack = stack_of(functions=[WORKER], mappings=[POLLED])
    made = stack.mappings.add(replace(POLLED, logical_id="", queue="spare"))
    stack.apply(resources(functions=[WORKER]))
    states = {live.mapping.queue: live.state for live in stack.mappings.values()}
    assert states == {"jobs": State.DELETING, "spare": State.CREATING}
    assert stack.mappings[made.uuid] == made


def test_a_templates_mapping_has_the_same_uuid_at_every_start() -> None:
    first, second = (stack_of(functions=[WORKER], mappings=[POLLED]) for _ in range(2))
    assert list(first.mappings) == list(second.mappings)


def test_a_url_moves_when_another_comes_before_it() -> None:
    stack = stack_of(functions=[WORKER, ECHO], urls=[URL])
    other = replace(URL, logical_id="WorkerUrl", function="worker")
    changes = told(stack.urls)
    stack.apply(resources(functions=[WORKER, ECHO], urls=[other, URL]))
    assert changes == [
        ResourceChange(other.id, None, LiveUrl(other, 0)),
        ResourceChange(URL.id, LiveUrl(URL, 0), LiveUrl(URL, 1)),
    ]


def test_a_url_id_is_32_lower_case_letters_or_digits_and_the_same_at_every_start() -> None:
    assert URL.id == replace(URL).id
    assert len(URL.id) == 32
    assert URL.id.isalnum()
    assert URL.id.islower()
