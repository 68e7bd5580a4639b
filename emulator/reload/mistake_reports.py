"""Reports mistakes in saved files: in the log as soon as they are found, and on `/health` until they are mended."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.reload.code_places import Concerned, describe_files
from emulator.reload.code_problems import CodeProblems
from emulator.reload.function_places import Places, RunConditions
from emulator.reload.mistakes import Mistake, find_mistakes

log = logging.getLogger(__name__)

MOST_FILES = 1_000  #: to check at once
MOST_LINES = 10  #: of mistakes at once


@dataclass(frozen=True, slots=True)
class MistakeReports:
    """Checks files in the Python of the functions they belong to."""

    places: Places
    problems: CodeProblems

    async def check(self, functions: Sequence[Concerned], *, at_start: bool = False) -> None:
        """Check the Python files of these functions; a file that several functions share is reported once.

        At the start a missing module is not reported: the first init phase does that if the function needs it, and a
        file that nothing imports may need packages that are not here.
        """
        together: dict[tuple[RunConditions, tuple[Path, ...]], list[str]] = {}  # names of functions
        for each in functions:
            files = tuple(file for file in each.files if file.suffix == ".py")[:MOST_FILES]
            if files:
                running = replace(self.places.running(each.function), handler="")  # makes no difference here
                together.setdefault((running, files), []).append(each.function)
        checks = [self._check(names, running, files, at_start) for (running, files), names in together.items()]
        await asyncio.gather(*checks)

    async def _check(self, names: Sequence[str], running: RunConditions, files: Sequence[Path], at_start: bool) -> None:
        if running.python is None:
            return
        mistakes = await find_mistakes(files, running.python, running.folder, dict(running.variables))
        self._report(names, files, [mistake for mistake in mistakes if mistake.syntax or not at_start])

    def _report(self, names: Sequence[str], files: Sequence[Path], mistakes: Sequence[Mistake]) -> None:
        who, base = ", ".join(names), self.places.project
        for mistake in mistakes[:MOST_LINES]:
            where = mistake.describe(base)
            if mistake.syntax:
                log.error("%s: %s; calls that need this file fail until it is mended", who, where)
            else:
                log.warning("%s: %s", who, where)
        if len(mistakes) > MOST_LINES:
            log.error("%s: and %d more mistakes", who, len(mistakes) - MOST_LINES)
        syntax = [mistake for mistake in mistakes if mistake.syntax]
        mended = {file for name in names for file in self.problems.update(name, files, syntax, base)}
        if mended:
            log.info("%s: mended: %s", who, describe_files(sorted(mended), base))
