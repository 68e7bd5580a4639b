"""Reads the template again after it was saved, and applies it; an invalid one changes nothing."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from emulator.loading import EmulatorError, load
from emulator.project.project_file import PROJECT_FILE
from emulator.reload.template_changes import describe_changes
from emulator.settings import Settings
from emulator.stack.stack import Stack

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TemplateReload:
    """The template of the settings, which the stack follows."""

    settings: Settings
    stack: Stack

    @property
    def file(self) -> Path:
        """The template's file."""
        return self.settings.template.resolve()

    @property
    def read_at_start(self) -> list[Path]:
        """The files beside the template that are read at the start only."""
        return [self.file.with_name(name) for name in (PROJECT_FILE, "samconfig.toml")]

    async def read(self) -> None:
        """Apply the template as it is now; if it is invalid, log all problems, and leave everything as it is."""
        name = self.file.name
        try:
            resources = await asyncio.to_thread(load, self.settings)
        except EmulatorError as error:
            for line in str(error).split("\n"):
                log.error("%s", line)  # noqa: TRY400  # a mistake of its author
            log.error("%s was saved with mistakes and is not applied: everything runs as before", name)  # noqa: TRY400
            return
        changes = describe_changes(self.stack.template, resources)
        self.stack.apply(resources)
        log.info("%s was saved and is applied: %s", name, "; ".join(changes) or "it describes the same as before")
        if changes:
            log.info("%s: parameters, ports and the engine stay as they were given at the start", name)
