"""What environments are started from, such as a folder or an image: prepared in a thread, for each function's code."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from emulator.resources import Function
from emulator.stack.live import ResourceChange, WatchedResources

log = logging.getLogger(__name__)

PreparedT = TypeVar("PreparedT")


class PreparationError(RuntimeError):
    """A function cannot be started; the message says why, and names the cure."""


class SupersededError(Exception):
    """The code was changed again before its preparation began."""


class Preparations(Generic[PreparedT]):
    """Prepares each function when it appears and when its code changes; starters ask for the result.

    `prepare` runs in a thread, for one function once at a time. If it raises a RuntimeError, the function stays, and
    its calls get the error's message, until its code is changed again. The other functions go on. A published version
    is a function of its own here; what it is started from can be given instead of prepared.
    """

    def __init__(self, functions: WatchedResources[Function], prepare: Callable[[Function], PreparedT]) -> None:
        self.ended: Callable[[str], None] = lambda _: None  #: is called with the function's name after each preparation
        self._prepare = prepare
        self._tasks: dict[str, asyncio.Task[PreparedT]] = {}  #: the latest preparation of each function
        self._problems: dict[str, str] = {}
        self._ready: dict[str, PreparedT] = {}
        self._made: dict[str, PreparedT | None] = {}  #: by the code's version
        self._given: dict[str, PreparedT] = {}  #: prepared by others, by `Function.key`
        self._running: set[asyncio.Task[PreparedT]] = set()
        for function in functions.values():
            self._begin(function)
        functions.subscribe(self._follow)

    async def of(self, function: str) -> PreparedT:
        """Return what environments of the function are started from, once it is prepared. Raises `PreparationError`."""
        while (task := self._tasks.get(function)) is not None:
            await asyncio.wait({task})
            if self._tasks.get(function) is task:
                if problem := self._problems.get(function):
                    raise PreparationError(problem)
                return task.result()
        raise PreparationError(f"there is no function {function}")

    def give(self, key: str, made: PreparedT) -> None:
        """Set what a function is started from, before the function is added."""
        self._given[key] = made

    def ready(self, function: str) -> PreparedT | None:
        """Return what the function's last successful preparation made; None if there was none."""
        return self._ready.get(function)

    async def is_as_before(self, function: str, code_version: str) -> bool:
        """Return whether what was started from this version of the code can run the code as it is now."""
        try:
            now = await self.of(function)
        except PreparationError:
            return False
        return code_version in self._made and self._made[code_version] == now

    def problem(self, function: str) -> str:
        """Return why the function cannot be started; empty if it can be, or is being prepared."""
        return self._problems.get(function, "")

    def is_pending(self, function: str) -> bool:
        """Return whether the function is being prepared."""
        return function in self._tasks and not self._tasks[function].done()

    async def close(self) -> None:
        """Wait for no preparation any more; a thread that still runs ends by itself."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _follow(self, change: ResourceChange[Function]) -> None:
        """Prepare a function that is new, or whose code has changed. One that was removed may have calls that wait."""
        before, after = change.before, change.after
        if after is not None and (before is None or before.code_version != after.code_version):
            self._begin(after)

    def _begin(self, function: Function) -> None:
        name = function.key
        self._problems.pop(name, None)
        task = asyncio.ensure_future(self._make(function, self._tasks.get(name)))
        self._tasks[name] = task
        self._running.add(task)
        task.add_done_callback(self._end)

    async def _make(self, function: Function, before: "asyncio.Task[PreparedT] | None") -> PreparedT:
        task = asyncio.current_task()
        if before:
            await asyncio.wait({before})
        if self._tasks.get(function.key) is not task:
            raise SupersededError
        made: PreparedT | None = None
        problem = ""
        try:
            given = self._given.pop(function.key, None)
            made = given if given is not None else await asyncio.to_thread(self._prepare, function)
        except RuntimeError as error:
            problem = str(error)
            raise
        except Exception as error:
            log.exception("%s: it could not be prepared", function.name)
            problem = f"{function.name}: it could not be prepared ({type(error).__name__}: {error})"
            raise
        finally:
            if self._tasks.get(function.key) is task:
                self._note(function, made, problem)
        return made

    def _note(self, function: Function, made: PreparedT | None, problem: str) -> None:
        if problem:
            self._problems[function.key] = problem
            log.error("%s", problem)
            return
        self._made[function.code_version] = made
        if made is not None:
            self._ready[function.key] = made

    def _end(self, task: "asyncio.Task[PreparedT]") -> None:
        self._running.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            task.exception()  # has been noted
        for name in [name for name, latest in self._tasks.items() if latest is task]:
            self.ended(name)
