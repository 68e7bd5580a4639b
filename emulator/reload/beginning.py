"""Connects the parts that make saved files take effect."""

import asyncio

from emulator.parts import Foundation, Parts
from emulator.reload.function_places import FunctionPlaces
from emulator.reload.mistake_reports import MistakeReports
from emulator.reload.reloading import Reloading
from emulator.reload.template_reload import TemplateReload


def make_reloading(base: Foundation, parts: Parts) -> Reloading | None:
    """Return what follows the files of functions that run as processes; None if nothing is to be followed."""
    settings, native, launches, stack = base.settings, base.settings.native, parts.launches, base.stack
    if not settings.watch or native is None or launches is None:
        return None
    template = TemplateReload(settings, stack)
    places = FunctionPlaces(stack.functions, native, template.file.parent, launches.ready)

    async def prepare(name: str) -> None:
        if name in stack.functions:
            await asyncio.to_thread(native.prepare, stack.functions[name])

    return Reloading(stack, parts.pools, template, MistakeReports(places, base.problems), prepare)
