"""Writes template.yaml into a project's folder; never over anything that is there."""

import sys
from collections.abc import Callable
from pathlib import Path

from facepipe.project_place import NAMES
from facepipe.samconfig import SAMCONFIG
from facepipe.starting.event_signs import CalledBy
from facepipe.starting.project_folder import StartingError, read_folder
from facepipe.starting.starting_plan import StartingFunction, plan_template
from facepipe.starting.template_text import template_text

TEMPLATE = NAMES[0]
#: files that say that the project has a template already
THERE = (*NAMES, SAMCONFIG, "samconfig.yaml", "samconfig.yml")
OLDEST, NEWEST = 12, 14  #: minor versions of Python 3 that Lambda has as a runtime; older ones end in 2026


def start_project(root: Path, say: Callable[[str], None]) -> Path:
    """Write a project's template and say what was found; return the template."""
    if there := [name for name in THERE if (root / name).exists() or (root / name).is_symlink()]:
        raise StartingError(
            f"{root / there[0]} is there already, and is not overwritten; run it with facepipe up,"
            " or rename it to have another one written"
        )
    plan = plan_template(read_folder(root))
    text = template_text(plan, runtime=f"python3.{min(max(sys.version_info.minor, OLDEST), NEWEST)}")
    _write(root / TEMPLATE, text)
    for function in plan.functions:
        say(f"{function.name}: {function.handler.place}; {_called(function)}")
    for queue in plan.queues:
        say(f"queue {queue.name}")
    for line in plan.not_taken:
        say(f"not taken: {line}")
    return root / TEMPLATE


def _called(function: StartingFunction) -> str:
    match function.trigger.caller:
        case CalledBy.URL:
            return f"function URL ({function.trigger.reason})"
        case CalledBy.QUEUE:
            return f"queue {function.trigger.queue} ({function.trigger.reason})"
    return f"nobody calls it ({function.trigger.reason})"


def _write(file: Path, text: str) -> None:
    """Create a file; one that could not be written whole does not stay."""
    try:
        with file.open("x", encoding="utf-8") as opened:
            try:
                opened.write(text)
                opened.flush()
            except OSError:
                file.unlink()
                raise
    except OSError as error:
        why = error.strerror or error
        raise StartingError(f"{file} cannot be written ({why}); make room, or get the right to write there") from error
