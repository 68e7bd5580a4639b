"""The project that `facepipe up` runs: which it is, and what is made for it before it runs."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.kept_places import JournalPlace, QueuesPlace
from emulator.loading import load
from emulator.project.preparing import Preparation
from emulator.project.project_file import read_project_file
from emulator.properties import TemplateError
from emulator.resources import Resources
from emulator.settings import Settings
from emulator.template.document import read_document
from facepipe.left_over import remember_project
from facepipe.paths import Paths
from facepipe.project_containers import with_containers
from facepipe.project_place import FACES, NoTemplateError, find_template, has_template, kept_in
from facepipe.samconfig import SAMCONFIG, parameters_in

TEMPLATE, TEMPLATE_VARIABLE = "--template", "FACEPIPE_TEMPLATE"
CALLED_FROM = "FACEPIPE_CALLED_FROM"  #: the folder from which a script was called, which has gone to the checkout

Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds if nothing else is said, and what was said, with its paths made absolute."""

    settings: Settings
    given: Texts
    whole: bool = False  #: it is a project of its own: nothing of it runs from the checkout


def called_from() -> Path:
    """Return the folder to which paths on the command line are relative."""
    return Path(os.environ.get(CALLED_FROM) or Path.cwd())


def choose(base: Settings, project: Path | None, given: Texts, paths: Paths, *, faces: bool = False) -> Chosen:
    """Choose the project: the one that is named, else that of the folder from which the program was called.

    With `faces` it is facepipe's own, from any folder.
    """
    here = called_from()
    templates = given.get(TEMPLATE, ())
    if faces:
        if other := project or templates:
            named = other if isinstance(other, Path) else f"{TEMPLATE} {other[-1]}"
            raise NoTemplateError(f"{named} and {FACES} name two projects; name one")
        return Chosen(base, {**given, TEMPLATE: [str(paths.template)]})
    if project is not None and templates:
        raise NoTemplateError(f"{project} and {TEMPLATE} {templates[-1]} name two projects; name one")
    if templates:
        return Chosen(base, {**given, TEMPLATE: [str(here / templates[-1])]})
    if project is None and (os.environ.get(TEMPLATE_VARIABLE) or _is_inside(paths)):
        return Chosen(base, given)
    template = find_template(here / project if project is not None else Path.cwd())
    if template == paths.template.resolve():
        return Chosen(base, given)
    kept = kept_in(paths.var, template)
    queues, journal = kept / "queues/queues.sqlite", kept / "journal/journal.sqlite"
    settings = replace(
        base,
        template=template,
        queues=QueuesPlace(queues),
        journal=JournalPlace(journal),
        console=replace(base.console, payloads=kept / "journal/payloads.sqlite"),
    )
    return Chosen(settings, {**given, TEMPLATE: [str(template)]}, whole=True)


def template_to_examine(named: Path | None, paths: Paths) -> Path:
    """Return the template that is named, else that of the folder from which the program was called, else facepipe's."""
    if named is not None:
        return find_template(called_from() / named)
    here = Path.cwd()
    return paths.template if _is_inside(paths) or not has_template(here) else find_template(here)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a project's functions are run."""

    whole: bool = False  #: see `Chosen`
    strict_runtime: bool = False  #: refuse another version of Python than a function's Runtime
    docker: bool = False  #: in containers


def prepare(
    settings: Settings, paths: Paths, say: Callable[[str], None], *, manner: Manner
) -> tuple[Settings, Resources]:
    """Make what the functions need that have code of their own; return the settings with how they are started."""
    say(f"template: {settings.template}")
    settings = with_project_file(with_samconfig(settings, say) if manner.whole else settings)
    resources, native = load(settings), settings.native
    template = settings.template.resolve()
    kept = kept_in(paths.var, template)
    if manner.whole:
        remember_project(kept, template)
    if manner.docker:
        return with_containers(settings, resources, paths, say), resources
    preparation = Preparation(template.parent, kept, say, settings.project, manner.strict_runtime, manner.whole)
    preparation.prepare_all(resources.functions)
    native = replace(native, prepare=preparation.launch) if native else None
    return replace(settings, native=native, code=kept / "code"), resources


def with_samconfig(settings: Settings, say: Callable[[str], None]) -> Settings:
    """Return the settings with the values that a samconfig.toml gives to the template's parameters; flags go before."""
    given = parameters_in(settings.template.resolve().parent)
    if not given:
        return settings
    try:
        declared = read_document(settings.template).get("Parameters")
    except TemplateError:
        return settings  # loading it says what is wrong
    known = declared if isinstance(declared, dict) else {}
    taken = {name: value for name, value in given.items() if name in known and name not in settings.parameters}
    if taken:
        say(f"parameters of {SAMCONFIG}: {', '.join(taken)}")
    return replace(settings, parameters={**taken, **settings.parameters})


def with_project_file(settings: Settings) -> Settings:
    """Return the settings with what the file facepipe.toml beside the template says; flags go before it."""
    beside = read_project_file(settings.template.resolve().parent)
    return replace(settings, project=settings.project.beside(called_from()).over(beside))


def _is_inside(paths: Paths) -> bool:
    """Tell whether the program was called in the checkout, or in a folder of it that has no template."""
    here = Path.cwd().resolve()
    return here == paths.root or (here.is_relative_to(paths.root) and not has_template(here))
