"""Has saved files take effect: a function with changed code gets new environments, a changed template is applied.

To the rest of the emulator, a save is the same event as an update through the API: the stack's function has other code.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from emulator.environments.pools import Pools
from emulator.reload.bytecode import remove_bytecode
from emulator.reload.code_places import Concerned, concerned, describe_files
from emulator.reload.function_work import is_initialising, is_serving, time_of_change
from emulator.reload.imported_files import ImportReader, left_to_others
from emulator.reload.mistake_reports import MistakeReports
from emulator.reload.own_writes import OwnWrites
from emulator.reload.saved_files import WatchError, saved_files
from emulator.reload.snapshot import Snapshot, scan
from emulator.reload.template_reload import TemplateReload
from emulator.stack.stack import Stack

log = logging.getLogger(__name__)

FIRST_CALL_S = 0.5  #: after the start: a first call is not to wait while all code is read
OWN_WRITE = (
    "%s: %s changed again while the function worked: the function seems to have written it, so the function is not"
    " reloaded. On AWS its folder is read-only, and such files belong in /tmp. If you wrote it, save it while no call"
    " is made"
)


@dataclass(slots=True)
class Reloading:
    """Follows the files of the stack's functions, and their template."""

    stack: Stack
    pools: Pools
    template: TemplateReload
    reports: MistakeReports
    prepare: Callable[[str], Awaitable[None]]  #: makes a function's virtual environment; raises a `RuntimeError`
    _imports: ImportReader = field(default_factory=ImportReader)
    _own_writes: OwnWrites = field(default_factory=OwnWrites)
    _warned: set[tuple[str, Path]] = field(default_factory=set)
    _preparing: dict[str, asyncio.Task[None]] = field(default_factory=dict)  #: by function
    _checks: set[asyncio.Task[None]] = field(default_factory=set)

    def roots(self) -> list[Path]:
        """Return what is watched now."""
        places = self.reports.places.all()
        found = {path for place in places for path in (*place.roots, *place.recipes)}
        return sorted({*found, self.template.file, *self.template.read_at_start})

    async def run(self, ready: Awaitable[object]) -> None:
        """Follow saves until cancelled; those before `ready` take effect when it is."""
        before = await asyncio.to_thread(scan, self.roots())
        await ready
        await asyncio.sleep(FIRST_CALL_S)
        everything = concerned(map(Path, before.files), self.reports.places.all())
        self._check(everything, at_start=True)
        await asyncio.to_thread(self._narrowed, everything)  # reads all imports: later only the saved files are read
        try:
            await self._follow(before)
        except ImportError as error:
            log.warning("saved files have no effect until a restart: %s is not installed", error.name)
        except WatchError as error:
            log.warning("saved files have no effect until a restart: %s", error)

    async def _follow(self, before: Snapshot) -> None:
        async for saved in saved_files(self.roots, before):
            try:
                await self.take(saved)
            except Exception:  # of a mistake in here, a restart is not the price
                log.exception("a saved file could not take effect; save it again, or restart")

    async def take(self, saved: Iterable[Path]) -> None:
        """Have saved files take effect."""
        files = frozenset(saved)
        for file in sorted(files.intersection(self.template.read_at_start)):
            log.info("%s was saved: it takes effect when the emulator is started again", file.name)
        if self.template.file in files:
            await self.template.read()
        touched = await asyncio.to_thread(self._narrowed, concerned(files, self.reports.places.all()))
        found = [own for each in touched if (own := self._without_own(each))]
        for each in found:
            if each.recipes or each.function in self._preparing:
                self._prepare(each)
            else:
                self._reload(each)
        self._check(found)

    def _reload(self, each: Concerned) -> None:
        """Give a function new environments; from now on no call is answered by the code before."""
        if each.function in self.stack.functions:
            remove_bytecode(each.files)
            self.stack.change_code(each.function)
            log.info("%s: reloaded, because %s was saved", each.function, self._describe(each))

    def _prepare(self, each: Concerned) -> None:
        """Make a function's virtual environment anew if its packages have changed; calls go on meanwhile."""
        running = self._preparing.get(each.function)
        task = asyncio.ensure_future(self._prepare_and_reload(each, running))
        self._preparing[each.function] = task

    async def _prepare_and_reload(self, each: Concerned, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait({before})
        name = each.function
        try:
            await self.prepare(name)
        except RuntimeError as error:
            log.error("%s; it runs as before", error)  # noqa: TRY400  # a mistake in the project
        else:
            self._reload(each)
        finally:
            if self._preparing.get(name) is asyncio.current_task():
                del self._preparing[name]

    def _narrowed(self, functions: list[Concerned]) -> list[Concerned]:
        """Leave out the files of a shared folder that only other functions import."""
        if len(functions) < 2:
            return functions
        running = {each.function: self.reports.places.running(each.function) for each in functions}
        imported = {name: self._imports.read(each.folder, each.handler) for name, each in running.items()}
        left = []
        for each in functions:
            files = tuple(file for file in each.files if not left_to_others(file, each.function, imported))
            left += [Concerned(each.function, files, each.recipes)] if files else []
        return left

    def _check(self, functions: list[Concerned], *, at_start: bool = False) -> None:
        """Look for mistakes in the background: new environments start meanwhile."""
        task = asyncio.ensure_future(self.reports.check(functions, at_start=at_start))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    def _without_own(self, each: Concerned) -> Concerned | None:
        """Leave out the files that the function itself writes."""
        own = {file for file in each.files if self._is_own(each.function, file)}
        for file in own - {warned for name, warned in self._warned if name == each.function}:
            self._warned.add((each.function, file))
            log.warning(OWN_WRITE, each.function, file)
        left = tuple(file for file in each.files if file not in own)
        return Concerned(each.function, left, each.recipes) if left else None

    def _is_own(self, function: str, file: Path) -> bool:
        pool, at = self.pools.pools.get(function), time_of_change(file)
        working = (is_initialising(pool, at), is_serving(pool, at)) if pool else (False, False)
        return self._own_writes.is_own(function, file, initialising=working[0], serving=working[1])

    def _describe(self, each: Concerned) -> str:
        return describe_files(each.files, self.template.file.parent)
