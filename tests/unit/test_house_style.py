"""Rules for names and for how code reads, wherever a program can check them."""

import ast
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("emulator", "services", "facepipe", "images", "release")

#: module names that may stand in more than one folder, because they are the same idea
SAME_MODULE = {
    "handler.py": "each Lambda function of the application has its handler",
    "main.py": "each Lambda function of the application is imported by its main.py",
    "people.py": "the verbs' file is named for the module that does their work",
    "rie.py": "the two ends of one protocol: the emulator's and the supervisor's",
    "runtime_api.py": "the two ends of one protocol: the emulator's and the supervisor's",
    "server.py": "serves what its folder is about over HTTP",
    "settings.py": "each program reads its settings in its settings.py",
}

#: class names that may stand in more than one module, because they are the same idea
SAME_CLASS = {
    "Request": "an HTTP request; the supervisor can import nothing of the emulator",
    "Response": "an HTTP response; the supervisor can import nothing of the emulator",
    "Settings": "the settings of one program",
    "SettingsError": "a setting is wrong; the application and the emulator import nothing of each other",
}


#: what a `*` may not unpack: it is written where it belongs, or has a name first
LITERALS = (ast.Tuple, ast.List, ast.Set, ast.IfExp, ast.GeneratorExp, ast.ListComp, ast.BinOp)


def sources(*parts: str) -> list[Path]:
    return sorted(source for part in parts for source in (ROOT / part).rglob("*.py"))


def where(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


def tree_of(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"))


def modules() -> Mapping[str, list[str]]:
    """The files that have a name, by that name; packages' own files are left out."""
    named = defaultdict(list)
    for source in sources(*PARTS):
        if not source.name.startswith("__"):
            named[source.name].append(where(source))
    return named


def classes() -> Mapping[str, list[str]]:
    """The files that define a class at their top, by the class's name."""
    named = defaultdict(list)
    for source in sources(*PARTS):
        for node in tree_of(source).body:
            if isinstance(node, ast.ClassDef):
                named[node.name].append(where(source))
    return named


@pytest.mark.parametrize(
    ("named", "allowed"), [(modules, SAME_MODULE), (classes, SAME_CLASS)], ids=["modules", "classes"]
)
def test_a_name_means_one_thing(named: Callable[[], Mapping[str, list[str]]], allowed: Mapping[str, str]) -> None:
    twice = {name: places for name, places in named().items() if len(places) > 1}
    unwanted = {name: places for name, places in twice.items() if name not in allowed}
    assert not unwanted, f"rename all but one, or say in {where(Path(__file__))} why they are the same idea: {unwanted}"
    assert not set(allowed) - set(twice), f"take out of the list what is no longer twice: {set(allowed) - set(twice)}"


def splats(tree: ast.Module) -> Iterator[int]:
    """Yield the lines on which a `*` unpacks a literal or an expression that is made on the spot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Starred) and isinstance(node.value, LITERALS):
            yield node.lineno


def tracked(*patterns: str) -> list[Path]:
    """The project's files of some patterns, as git knows them; without git, Python's."""
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=False, capture_output=True, text=True)
    files = [ROOT / name for name in listed.stdout.splitlines()] or sources(*PARTS, "tests", "examples")
    return [file for file in files if file.exists()]


def test_no_star_unpacks_what_is_made_on_the_spot() -> None:
    found = [f"{where(source)}:{line}" for source in tracked("*.py") for line in splats(tree_of(source))]
    assert not found, f"write the arguments or members out, or name them first: {found}"


@pytest.mark.parametrize(
    ("code", "lines"),
    [("f(*(1, 2))", [1]), ("a = [\n    *(n for n in b)]", [2]), ("f(*(a if b else c))", [1]), ("f(*named)", [])],
)
def test_the_rule_sees_splats(code: str, lines: list[int]) -> None:
    assert list(splats(ast.parse(code))) == lines


LONGEST_LINE = 160  #: in characters; of pages, tests/unit/test_docs.py says the same
CODE = (
    "*.py",
    "*.js",
    "*.css",
    "*.html",
    "*.?pp",
    "*.yml",
    "compose.yaml",
    "template.yaml",
    "*Dockerfile",
    "scripts",
    ".ci",
)


def test_no_line_of_code_is_longer_than_a_window() -> None:
    lines = ((file, enumerate(file.read_text(encoding="utf-8").splitlines(), 1)) for file in tracked(*CODE))
    found = [
        f"{where(file)}:{number}" for file, numbered in lines for number, line in numbered if len(line) > LONGEST_LINE
    ]
    assert found == [], "break these lines"
