"""What environments are started from is prepared again whenever a function's code changes, and only then."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from emulator.environments.preparations import PreparationError, Preparations
from emulator.resources import Function
from emulator.resources.code_source import CodeSource
from emulator.stack.stack import Stack
from tests.unit.emulator.stacks import stack_of

ONE = Function("One", "one", "", ("app.handler",), 3, 128, 512, runtime="python3.12", source=CodeSource("one"))
TWO = replace(ONE, logical_id="Two", name="two", source=CodeSource("two"))


@dataclass
class Workshop:
    """Prepares functions, in threads, as a test allows."""

    made: list[tuple[str, int]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    gate: threading.Event = field(default_factory=threading.Event)

    def prepare(self, function: Function) -> str:
        assert self.gate.wait(20)
        self.made.append((function.name, function.source.revision))
        if function.name in self.broken:
            raise RuntimeError(f"{function.name}: its packages could not be installed")
        return f"{function.name} {function.source.revision}"


Scenario = Callable[[Stack, Workshop, Preparations[str]], Awaitable[None]]


def run(scenario: Scenario, *functions: Function) -> None:
    async def main() -> None:
        stack, workshop = stack_of(functions=functions), Workshop()
        workshop.gate.set()
        preparations = Preparations(stack.functions, workshop.prepare)
        await scenario(stack, workshop, preparations)
        workshop.gate.set()
        await preparations.close()

    asyncio.run(main())


def test_each_function_is_prepared_once_whatever_else_of_it_is_changed() -> None:
    async def scenario(stack: Stack, workshop: Workshop, preparations: Preparations[str]) -> None:
        assert await preparations.of("one") == "one 0"
        stack.functions.put("one", replace(ONE, environment={"A": "1"}, reserved_concurrency=2, timeout_s=9))
        assert await preparations.of("one") == "one 0"
        assert workshop.made == [("one", 0)]

    run(scenario, ONE)


def test_saved_files_and_new_functions_are_prepared() -> None:
    async def scenario(stack: Stack, _: Workshop, preparations: Preparations[str]) -> None:
        stack.change_code("one")
        assert await preparations.of("one") == "one 1"
        stack.functions.put("two", TWO)
        assert await preparations.of("two") == "two 0"
        stack.functions.remove("one")
        assert await preparations.of("one") == "one 1", "calls may still wait for its environments"
        with pytest.raises(PreparationError, match="there is no function three"):
            await preparations.of("three")

    run(scenario, ONE)


def test_the_latest_of_many_changes_is_what_is_prepared_last_and_those_between_are_left_out() -> None:
    async def scenario(stack: Stack, workshop: Workshop, preparations: Preparations[str]) -> None:
        await preparations.of("one")
        workshop.gate.clear()
        stack.change_code("one")
        waiting = asyncio.ensure_future(preparations.of("one"))
        await asyncio.sleep(0)
        for _ in range(20):
            stack.change_code("one")
        assert preparations.is_pending("one")
        workshop.gate.set()
        assert await waiting == "one 21", "who asked before the last change gets what there is after it"
        assert len(workshop.made) <= 3
        assert workshop.made[-1] == ("one", 21)

    run(scenario, ONE)


def test_a_failure_is_told_to_whoever_asks_and_the_others_go_on_and_a_cure_cures() -> None:
    async def scenario(stack: Stack, workshop: Workshop, preparations: Preparations[str]) -> None:
        ended: list[str] = []
        preparations.ended = ended.append
        workshop.broken = {"one"}
        stack.change_code("one")
        with pytest.raises(PreparationError, match="one: its packages could not be installed"):
            await preparations.of("one")
        assert preparations.problem("one").startswith("one: its packages")
        assert (await preparations.of("two"), preparations.problem("two")) == ("two 0", "")
        workshop.broken = set()
        stack.change_code("one")
        assert preparations.problem("one") == ""
        assert (await preparations.of("one"), preparations.ready("one")) == ("one 2", "one 2")
        await asyncio.sleep(0)
        assert ended.count("one") >= 2

    run(scenario, ONE, TWO)


def test_an_unexpected_error_is_a_failure_of_this_function_only() -> None:
    async def main() -> None:
        def prepare(_: Function) -> str:
            raise OSError(28, "No space left on device")

        preparations = Preparations(stack_of(functions=[ONE]).functions, prepare)
        with pytest.raises(PreparationError, match=r"one: it could not be prepared \(OSError: .*No space left"):
            await preparations.of("one")

    asyncio.run(main())
