"""Reads the template that the settings name."""

from emulator.edge.admission import ANY_ORIGIN
from emulator.log_text import printable
from emulator.properties import TemplateError
from emulator.resources import Resources
from emulator.settings import Settings
from emulator.template import Place, load_file, problems_in


class EmulatorError(RuntimeError):
    """The emulator cannot start or go on; the message names the cure."""


def load(settings: Settings) -> Resources:
    """Read the settings' template; `EmulatorError` says what is wrong with it."""
    try:
        resources = load_file(settings.template, place=place(settings), parameters=settings.parameters)
    except TemplateError as error:
        several = len(problems_in(error)) > 1  # each has a line, in printable text
        raise EmulatorError(str(error) if several else printable(str(error))) from error
    names = {function.name for function in resources.functions}
    if unknown := set(settings.environments.named) - names:
        raise EmulatorError(f"--environments {min(unknown)}=…: the template has {', '.join(sorted(names))}")
    if unknown := set(settings.access.any_origin) - names - {ANY_ORIGIN}:
        raise EmulatorError(f"--any-origin {min(unknown)}: the template has {', '.join(sorted(names))}")
    return resources


def place(settings: Settings) -> Place:
    """Return where a template's references lead to under these settings."""
    return Place(
        queue_url=lambda name: f"{settings.functions_endpoint}/{settings.account_id}/{name}",
        function_url=lambda position: f"http://127.0.0.1:{settings.ports.function_url(position)}/",
        region=settings.region,
        account_id=settings.account_id,
    )
