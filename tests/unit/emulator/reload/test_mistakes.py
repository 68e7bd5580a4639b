"""Mistakes in saved files: found without running them, with file, line and text."""

import asyncio
import sys
from pathlib import Path

import pytest

from emulator.reload.bytecode import remove_bytecode
from emulator.reload.code_problems import CodeProblems
from emulator.reload.mistakes import Mistake, find_mistakes


def mistakes_in(folder: Path, **sources: str) -> list[str]:
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    files = [folder / f"{name}.py" for name in sources]
    found = asyncio.run(find_mistakes(files, Path(sys.executable), folder, {}))
    return [mistake.describe(folder) for mistake in found]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import os\ndef handler(event, context:\n    pass\n", "app.py, line 2: SyntaxError: '(' was never closed: def handler(event, context:"),
        ("def f():\npass\n", "app.py, line 2: IndentationError: expected an indented block after function definition on line 1: pass"),
        ("if True:\n\tx = 1\n        y = 2\n", "app.py, line 3: TabError: inconsistent use of tabs and spaces in indentation: y = 2"),
        ("return 1\n", "app.py, line 1: SyntaxError: 'return' outside function: return 1"),
        ("import json\nimport nowhere_at_all\n", "app.py, line 2: No module named 'nowhere_at_all': import nowhere_at_all"),
        ("from json.nothing import x\n", "app.py, line 1: No module named 'json.nothing': from json.nothing import x"),
    ],
)  # fmt: skip
def test_a_mistake_has_file_line_problem_and_text(tmp_path: Path, source: str, says: str) -> None:
    assert mistakes_in(tmp_path, app=source) == [says]


def test_nothing_is_run_to_find_mistakes(tmp_path: Path) -> None:
    code = "import pathlib, other\npathlib.Path(__file__).with_name('ran').touch()\n"
    assert mistakes_in(tmp_path, app=code, other=code) == []
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import nowhere_at_all\nexcept ImportError:\n    pass\n",
        "def later():\n    import nowhere_at_all\n",
        "import sys\nsys.path.append('lib')\nimport nowhere_at_all\n",
        "from . import sibling\n",
        "import os.path\nimport xml.etree.ElementTree\nimport package.module\nfrom spread import part\n",
        "x = '\\d'  # a warning of Python's\n",
    ],
)
def test_what_may_work_is_no_mistake(tmp_path: Path, source: str) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").touch()
    (tmp_path / "package/module.py").touch()
    (tmp_path / "spread").mkdir()
    assert mistakes_in(tmp_path, app=source) == []


def test_files_that_cannot_be_read_as_python_are_mistakes_not_crashes(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"\x00\xff\xfe")
    (tmp_path / "deep.py").write_text("x = " + "(" * 5000 + ")" * 5000)
    files = [tmp_path / "binary.py", tmp_path / "deep.py", tmp_path / "gone.py"]
    found = asyncio.run(find_mistakes(files, Path(sys.executable), tmp_path, {}))
    assert [mistake.file.name for mistake in found] == ["binary.py", "deep.py"]


def test_a_python_that_does_not_start_finds_no_mistakes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("(")
    assert asyncio.run(find_mistakes([tmp_path / "app.py"], tmp_path / "no-python", tmp_path, {})) == []


def test_a_mended_file_is_no_problem_any_more(tmp_path: Path) -> None:
    app, other, problems = tmp_path / "app.py", tmp_path / "other.py", CodeProblems()
    mistake = Mistake(app, 1, "(", "SyntaxError: '(' was never closed", syntax=True)
    assert problems.update("first", [app], [mistake], tmp_path) == []
    assert problems.of("first") == ["app.py, line 1: SyntaxError: '(' was never closed: ("]
    assert problems.update("first", [other], [], tmp_path) == []
    assert problems.of("first")
    assert problems.update("first", [app, other], [], tmp_path) == [app]
    assert not problems.of("first")


def test_bytecode_of_a_saved_file_is_removed_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    for name in ("app.cpython-311.pyc", "app.cpython-312.opt-1.pyc", "application.cpython-311.pyc"):
        (tmp_path / "__pycache__" / name).touch()
    remove_bytecode([tmp_path / "app.py", tmp_path / "none.py", tmp_path / "data.json"])
    assert [path.name for path in (tmp_path / "__pycache__").iterdir()] == ["application.cpython-311.pyc"]
