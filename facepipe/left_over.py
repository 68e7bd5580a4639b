"""What earlier runs have left on this machine and nothing uses any more: projects that are gone, damaged journals."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from emulator.doctor.findings import Finding, Level

PROJECTS = "projects"
TEMPLATE_FILE = "template"  #: in what is kept of a project: the path of its template
DAMAGED = "*.damaged"
ID = "leftovers"
SHOWN = 3  #: how many templates a finding names


def remember_project(kept: Path, template: Path) -> None:
    """Write down for which template a folder of things is kept."""
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _template_of(kept) != template:  # a full disk keeps no known project from its start
        (kept / TEMPLATE_FILE).write_text(f"{template}\n", encoding="utf-8")


def left_over(var: Path) -> Iterator[Finding]:
    """Find what may be deleted; nothing of it has an effect on AWS."""
    gone = [kept for kept in sorted(var.glob(f"{PROJECTS}/*/")) if _is_gone(_template_of(kept))]
    if gone:
        size_mb, templates = sum(map(_size_mb, gone)), [str(_template_of(kept)) for kept in gone[:SHOWN]]
        more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
        on_aws = f"nothing: here {size_mb} MB are kept for templates that are gone: {', '.join(templates)}{more}"
        cure = f"delete them, with the projects' queues: rm -r {shlex.join(map(str, gone))}"
        yield Finding(Level.NOTE, ID, str(var / PROJECTS), on_aws, cure)
    for damaged in sorted([*var.glob(f"journal/{DAMAGED}"), *var.glob(f"{PROJECTS}/*/journal/{DAMAGED}")]):
        on_aws = f"nothing: a journal that could not be read was put aside; it takes {_size_mb(damaged)} MB here"
        yield Finding(Level.NOTE, ID, str(damaged), on_aws, f"delete it: {shlex.join(['rm', str(damaged)])}")


def _is_gone(template: Path | None) -> bool:
    return template is not None and not template.is_file()


def _template_of(kept: Path) -> Path | None:
    try:
        written = (kept / TEMPLATE_FILE).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None  # it was made before this was written down
    return Path(written) if written else None  # the disk was full when it was to be written


def _size_mb(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return round(sum(file.stat().st_size for file in files) / 1024**2)
