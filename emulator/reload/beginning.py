"""Connects the parts that make saved files take effect."""

import asyncio
from collections.abc import Callable

from emulator.parts.foundation import Foundation
from emulator.parts.parts import Parts
from emulator.reload.function_places import FunctionPlaces, Places
from emulator.reload.image_places import ImagePlaces
from emulator.reload.mistake_reports import MistakeReports
from emulator.reload.reloading import Reloading
from emulator.reload.template_reload import TemplateReload
from emulator.resources import Function


def make_reloading(base: Foundation, parts: Parts) -> Reloading | None:
    """Return what follows the files of functions; None if nothing is to be followed, as in compose."""
    settings, stack = base.settings, base.stack
    template = TemplateReload(settings, stack)
    places: Places
    make: Callable[[Function], object]
    if not settings.watch:
        return None
    if settings.containers:
        places, make = ImagePlaces(stack.functions, template.file.parent), settings.containers.prepare
    elif settings.native and parts.launches:
        native, project = settings.native, template.file.parent
        places, make = FunctionPlaces(stack.functions, native, project, parts.launches.ready), native.prepare
    else:
        return None

    async def prepare(name: str) -> None:
        if name in stack.functions:
            await asyncio.to_thread(make, stack.functions[name])

    return Reloading(stack, parts.pools, template, MistakeReports(places, base.problems), prepare)
