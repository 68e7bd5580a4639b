"""The page of findings: however many ask and leave, one examination runs at a time."""

import asyncio
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.doctor import finding_pages
from emulator.doctor.examination import Examination
from emulator.doctor.finding_pages import FindingPages


def test_callers_that_leave_start_no_further_examinations(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = list[int](), threading.Event()

    def examine(*_: object) -> Examination:
        begun.append(1)
        go.wait(30)
        return Examination((), ())

    async def running(_: FindingPages) -> Any:
        return None

    async def main() -> None:
        nothing: Any = SimpleNamespace(path=None, place=None, parameters=None)  # none of it is looked at
        pages, asked = FindingPages(nothing, nothing, nothing, nothing), nothing
        for _ in range(5):
            asking = asyncio.ensure_future(pages.get_findings(asked))
            while not begun:
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        last = [asyncio.ensure_future(pages.get_findings(asked)) for _ in range(3)]
        await asyncio.sleep(0)
        go.set()
        assert [answer.status for answer in await asyncio.gather(*last)] == [200] * 3
        assert len(begun) == 1

    monkeypatch.setattr(finding_pages, "examine_here", examine)
    monkeypatch.setattr(FindingPages, "_running", running)
    asyncio.run(main())


def test_an_examination_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: Iterator[OSError | Examination] = iter([OSError("gone"), Examination((), ())])

    def examine(*_: object) -> Examination:
        end = next(ends)
        if isinstance(end, OSError):
            raise end
        return end

    async def running(_: FindingPages) -> Any:
        return None

    async def main() -> None:
        nothing: Any = SimpleNamespace(path=None, place=None, parameters=None)  # none of it is looked at
        pages = FindingPages(nothing, nothing, nothing, nothing)
        with pytest.raises(OSError, match="gone"):
            await pages.get_findings(nothing)
        assert (await pages.get_findings(nothing)).status == 200

    monkeypatch.setattr(finding_pages, "examine_here", examine)
    monkeypatch.setattr(FindingPages, "_running", running)
    asyncio.run(main())
