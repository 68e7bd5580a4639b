"""Which files a handler imports, read from the code, and which saved files it can therefore leave to others."""

from pathlib import Path

from emulator.reload.imported_files import ImportReader, left_to_others


def names(folder: Path, handler: str) -> set[str]:
    return {str(file.relative_to(folder)) for file in ImportReader().read(folder, handler).files}


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        file = folder / (name.replace("__", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_imports_are_followed_through_packages_and_into_functions(tmp_path: Path) -> None:
    write(
        tmp_path,
        app="import json\nfrom package import part\n\ndef handler(event, context):\n    import late\n",
        late="",
        package__part="from . import sibling\nfrom .deep.one import x\n",
        package__sibling="",
        package__deep__one="from ..other import y",
        package__other="",
        unused="import app",
    )
    (tmp_path / "package/__init__.py").touch()
    expected = {"app.py", "late.py"} | {
        f"package/{name}.py" for name in ("__init__", "part", "sibling", "other", "deep/one")
    }
    assert names(tmp_path, "app.handler") == expected
    assert names(tmp_path, "package/part.handler") == expected - {"app.py", "late.py"}


def test_a_file_that_only_another_handler_imports_is_left_to_it(tmp_path: Path) -> None:
    write(tmp_path, one="import shared, mine", other="import shared, theirs", shared="", mine="", theirs="", nobodys="")
    reader = ImportReader()
    imported = {name: reader.read(tmp_path, f"{name}.handler") for name in ("one", "other")}
    left = {
        name
        for name in ("mine", "shared", "theirs", "nobodys")
        if left_to_others(tmp_path / f"{name}.py", "one", imported)
    }
    assert left == {"theirs"}


def test_code_that_computes_what_it_imports_leaves_nothing_to_others(tmp_path: Path) -> None:
    for dynamic in ("import importlib\nimportlib.import_module('the' + 'irs')", "def f(:", "__import__('theirs')"):
        write(tmp_path, one=dynamic, other="import theirs", theirs="")
        imported = {name: ImportReader().read(tmp_path, f"{name}.handler") for name in ("one", "other")}
        assert not left_to_others(tmp_path / "theirs.py", "one", imported)
    assert not ImportReader().read(tmp_path, "missing.handler").certain


def test_a_saved_file_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, app="import one", one="", other="")
    reader = ImportReader()
    assert tmp_path / "other.py" not in reader.read(tmp_path, "app.handler").files
    write(tmp_path, app="import one, other")
    assert tmp_path / "other.py" in reader.read(tmp_path, "app.handler").files
