"""Which project `facepipe up` runs: its template's file, and where what is made for it is kept."""

import hashlib
import tomllib
from pathlib import Path

NAMES = ("template.yaml", "template.yml", "template.json")
SAMCONFIG = "samconfig.toml"
FACES = "--faces"  #: the option that names facepipe's own project


class NoTemplateError(RuntimeError):
    """There is no template where one was looked for; the message says where."""


def find_template(place: Path) -> Path:
    """Return the template of a folder, or the file itself; a samconfig.toml may name it."""
    if place.is_file():
        return place.resolve()
    if not place.is_dir():
        raise NoTemplateError(f"{place} does not exist; name a project's folder or its template")
    if named := _named_in(place / SAMCONFIG):
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


def _named_in(samconfig: Path) -> str:
    """Return the template that a samconfig.toml names for its default environment; an empty text for none."""
    try:
        tree = tomllib.loads(samconfig.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise NoTemplateError(f"{samconfig} cannot be read ({error}); correct it, or name the template") from error
    default = tree.get("default")
    for command in ("global", "build", "local_invoke", "deploy"):
        section = default.get(command) if isinstance(default, dict) else None
        parameters = section.get("parameters") if isinstance(section, dict) else None
        for key in ("template_file", "template"):
            if isinstance(parameters, dict) and isinstance(parameters.get(key), str):
                return str(parameters[key])
    return ""
