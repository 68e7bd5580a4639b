"""Which project `facepipe up` runs: its template's file, and where what is made for it is kept."""

import hashlib
from pathlib import Path

from facepipe.samconfig import SAMCONFIG, template_in

NAMES = ("template.yaml", "template.yml", "template.json")
FACES = "--faces"  #: the option that names facepipe's own project


class NoTemplateError(RuntimeError):
    """There is no template where one was looked for; the message says where."""


def find_template(place: Path) -> Path:
    """Return the template of a folder, or the file itself; a samconfig.toml may name it."""
    if place.is_file():
        return place.resolve()
    if not place.is_dir():
        raise NoTemplateError(f"{place} does not exist; name a project's folder or its template")
    if named := template_in(place):
        if not (place / named).is_file():
            raise NoTemplateError(f"{place / SAMCONFIG} names {named}, which is not there; correct its template_file")
        return (place / named).resolve()
    for name in NAMES:
        if (place / name).is_file():
            return (place / name).resolve()
    raise NoTemplateError(
        f"{place} has no {', '.join(NAMES[:-1])} or {NAMES[-1]}; name the folder of your project or its template:"
        " facepipe up DIR, or have a template written: facepipe init DIR. facepipe's own face recognition runs from any"
        " folder: facepipe up --faces"
    )


def has_template(folder: Path) -> bool:
    """Tell whether a folder has a template, or says where it is."""
    return any((folder / name).is_file() for name in (*NAMES, SAMCONFIG))


def kept_in(var: Path, template: Path) -> Path:
    """Return the folder for what is made for a project: its queues, journal and virtual environments."""
    digest = hashlib.sha256(str(template).encode()).hexdigest()[:8]
    return var / "projects" / f"{template.parent.name or 'root'}-{digest}"
