"""`python -m emulator.template.survey DIR`: which templates in a folder load, and what is wrong with the others."""

import sys
from collections.abc import Iterator
from pathlib import Path

from emulator.log_text import printable
from emulator.template import Place, TemplateError, load_file, problems_in

SUFFIXES = {".yaml", ".yml", ".json", ".template", ".tf"}
PLACE = Place(queue_url=lambda name: f"http://queue/{name}", function_url=lambda position: f"http://url/{position}/")


def survey(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each template's path below the folder, with its problems; without any, it loads."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in SUFFIXES or not path.is_file():
            continue
        problems = []
        try:
            load_file(path, place=PLACE, parameters={})
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
