"""Writes docs/verbs.md, settings.md and modules.md from the program itself: `python -m tests.reference_pages`.

A test compares the pages with what is written here, so that they are always of the program beside them.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from emulator.setting import Setting, all_settings
from emulator.settings import Settings
from facepipe.__main__ import VERBS, program, verb_name

DOCS = Path(__file__).resolve().parents[1] / "docs"
ROOT = DOCS.parent
PARTS = ("services", "images", "emulator", "facepipe")
SOURCES = frozenset({".py", ".js", ".cpp", ".hpp"})
WIDTH = 150


def verbs_page() -> str:
    """Return a page of all verbs with their options."""
    every: Any = typer.main.get_command(program())
    lines = [
        "# The verbs of `facepipe`",
        "",
        _filled(
            "Written from the program by `python -m tests.reference_pages`; a test keeps it in step. `facepipe VERB --help` prints the"
            " same. In a checkout the program is `.venv/bin/facepipe`, and `scripts/VERB` installs what the verb needs before it"
            " runs it. A word in capitals or in angle brackets stands for a value."
        ),
        "",
    ]
    for section, verbs in VERBS.items():
        lines += [f"## {section}", ""]
        for verb in verbs:
            name = verb_name(verb)
            lines += _verb(f"facepipe {name}", every.commands[name])
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    """Return a page of all settings of the emulator."""
    intro = (
        "Written from the program by `python -m tests.reference_pages`; a test keeps it in step. A flag is an option of `facepipe up`,"
        " and wins over the variable. In containers only variables count; `compose.yaml` sets those that it needs."
    )
    lines = ["# The emulator's settings", "", _filled(intro), ""]
    for about, value in sorted(all_settings(Settings()), key=lambda one: one[0].flag.removeprefix("--") or "~"):
        lines += _setting(about, value)
    return "\n".join(lines) + "\n"


def _verb(name: str, command: Any) -> Iterator[str]:
    yield f"### `{name}`"
    yield ""
    yield _filled(_plain(command.help))
    yield ""
    context = command.make_context(name, [], resilient_parsing=True)
    items = [_parameter(one, context) for one in command.params if one.name != "help" and not one.hidden]
    if items:
        yield from items
        yield ""
    for below, one in getattr(command, "commands", {}).items():
        yield from _verb(f"{name} {below}", one)


def _parameter(parameter: Any, context: Any) -> str:
    names, text = parameter.get_help_record(context)
    return _item(f"`{names}`", text)


def _setting(about: Setting, value: Any) -> Iterator[str]:
    names = [f"{about.flag} {about.metavar}" if about.metavar else about.flag] if about.flag else []
    names += [about.variable, *about.further_variables] if about.variable else []
    default = ", ".join(about.write(value)) if value not in (None, "") else ""
    many = " May be given more than once." if about.many else ""
    yield _item(
        ", ".join(f"`{name}`" for name in names), f"{about.help}{many}{default and f' The default is `{default}`.'}"
    )


def _item(title: str, text: str) -> str:
    return _filled(f"* {title}: {_plain(text)}" if text else f"* {title}", "  ")


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _plain(text: str) -> str:
    """Return a text without this checkout's folder, in one line."""
    return re.sub(r"\s+", " ", text.replace(f"{ROOT}/", "")).strip()


def modules_page() -> str:
    """Return a page of all modules: the first paragraph of what each says about itself."""
    intro = (
        "The beginning of what each file says about itself, written by `python -m tests.reference_pages`; a test keeps it in step."
        " [architecture.md](architecture.md) says how the parts work together."
    )
    lines = ["# The modules", "", _filled(intro), ""]
    for folder in (folder for part in PARTS for folder in sorted([ROOT / part, *(ROOT / part).rglob("*/")])):
        about = _about(folder / "__init__.py") if (folder / "__init__.py").is_file() else ""
        files = [file for file in sorted(folder.iterdir()) if file.suffix in SOURCES and file.name != "__init__.py"]
        items = [_item(f"`{file.name}`", text) for file in files if (text := _about(file))]
        if items:
            lines += [f"## `{folder.relative_to(ROOT)}/`", ""]
            lines += [_filled(about), ""] if about else []
            lines += [*items, ""]
    return "\n".join(lines).rstrip() + "\n"


def _about(file: Path) -> str:
    """Return the first paragraph of a module's docstring, or of the comment that a file begins with."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    else:
        comment = re.match(r"(?:// ?[^\n]*\n)+", text)
        text = re.sub(r"^// ?", "", comment[0], flags=re.MULTILINE) if comment else ""
    return _plain(text.split("\n\n")[0])


PAGES = {"verbs.md": verbs_page, "settings.md": settings_page, "modules.md": modules_page}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
