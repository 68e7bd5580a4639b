"""Keeps the code of published versions, which must not change when the function's own code changes."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace

from emulator.containers.container_image import ContainerImage
from emulator.environments.preparations import PreparationError, Preparations
from emulator.project.code_store import CodeStore
from emulator.project.launch import Launch
from emulator.resources import Function

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CodeSnapshots:
    """Keeps for a version what its function was started from when the version was published.

    An archive of the API has a folder that never changes, and an image never changes either. Any other folder, in which
    somebody edits files, is copied.
    """

    store: CodeStore
    launches: Preparations[Launch | None] | None = None  #: of functions that are processes of this machine
    images: Preparations[ContainerImage] | None = None  #: of functions in containers

    async def take(self, function: Function, key: str) -> None:
        """Keep a function's code as it is now for the version with this key. Raises `OSError`."""
        if function.source.sha256:
            self.store.use(key, function.source)
        elif self.images:
            image = None if self.images.is_pending(function.name) else self.images.ready(function.name)
            if image:
                self.images.give(key, image)
        elif self.launches:
            await self._copy(function, key, self.launches)

    async def _copy(self, function: Function, key: str, launches: Preparations[Launch | None]) -> None:
        launch = None
        with contextlib.suppress(PreparationError):  # has been logged; the version's calls get the same error
            launch = await launches.of(function.name)
        if launch is None:
            log.warning("%s: this version runs the files of %s, so it changes when they change", key, function.name)
            return
        self.store.use(key, None)  # a former copy, if the version was not added then
        folder = await asyncio.to_thread(self.store.copy, key, launch.folder)
        launches.give(key, replace(launch, folder=folder))

    def drop(self, version: Function) -> None:
        """Remove the code of a version that was deleted, as soon as no call can need it."""
        self.store.use(version.key, None)
