"""`python -m emulator.template.survey DIR`: which templates in a folder load, and what is wrong with the others.

Parameters without a default get a value that fits their type, as somebody who deploys the template would give them.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.log_text import printable
from emulator.properties import as_text
from emulator.template import Place, TemplateError, load_file, problems_in
from emulator.template.document import read_document
from emulator.template.parameters import STORED

SUFFIXES = {".yaml", ".yml", ".json", ".template", ".tf"}
PLACE = Place(queue_url=lambda name: f"http://queue/{name}", function_url=lambda position: f"http://url/{position}/")


def made_up_values(document: Mapping[str, Any]) -> dict[str, str]:
    """Return a value for each parameter that needs one at the start."""
    section = document.get("Parameters")
    declared = section.items() if isinstance(section, dict) else ()
    return {
        str(name): _made_up(parameter)
        for name, parameter in declared
        if isinstance(parameter, dict) and ("Default" not in parameter or _is_stored(parameter))
    }


def _is_stored(parameter: Mapping[str, Any]) -> bool:
    return str(parameter.get("Type")).startswith(STORED)


def _made_up(parameter: Mapping[str, Any]) -> str:
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and allowed:
        return as_text(allowed[0])
    if "Number" in str(parameter.get("Type")):
        return as_text(parameter.get("MinValue", 1))
    length = parameter.get("MinLength", 1)
    return "value".ljust(length if isinstance(length, int) else 1, "x")


def survey(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each template's path below the folder, with its problems; without any, it loads."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in SUFFIXES or not path.is_file():
            continue
        problems = []
        try:
            load_file(path, place=PLACE, parameters=made_up_values(read_document(path)))
        except TemplateError as error:
            problems = [str(problem) for problem in problems_in(error)]
        yield str(path.relative_to(folder)), problems


def main(folder: str) -> int:
    """Print the survey of a folder; return 1 if a template does not load."""
    surveyed = list(survey(Path(folder)))
    for name, problems in surveyed:
        print(printable(f"{'refused' if problems else 'loads':8}{name}"))
        for problem in problems:
            print(printable(f"        {problem}"))
    refused = sum(bool(problems) for _, problems in surveyed)
    print(printable(f"{len(surveyed) - refused} of {len(surveyed)} templates load"))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: scripts/templates DIR")
