"""Which functions a saved file concerns, and what the log calls it."""

from pathlib import Path

from emulator.reload.code_places import CodePlace, Concerned, concerned, describe_files
from emulator.reload.own_writes import CODE_WRITES, DATA_WRITES, OwnWrites

PROJECT = Path("/project")
FIRST = CodePlace("first", (PROJECT / "first",))
SECOND = CodePlace("second", (PROJECT / "second/src",), (PROJECT / "second/Dockerfile",))
BOTH = [FIRST, SECOND, CodePlace("whole", (PROJECT,))]


def names(*files: str) -> list[str]:
    return [each.function for each in concerned([PROJECT / file for file in files], BOTH)]


def test_a_file_concerns_the_functions_whose_folder_it_is_in() -> None:
    assert names("first/app.py") == ["first", "whole"]
    assert names("second/src/lib/deep.json", "first/app.py") == ["first", "second", "whole"]
    assert names("second/other.py") == ["whole"]
    assert names("firstly/app.py") == ["whole"]


def test_a_folder_that_does_not_count_in_one_place_counts_where_it_is_the_place_itself() -> None:
    built = CodePlace("built", (PROJECT / ".aws-sam/build/Built",))
    file = PROJECT / ".aws-sam/build/Built/app.py"
    assert [each.function for each in concerned([file], [*BOTH, built])] == ["built"]


def test_requirements_and_dockerfiles_are_recipes() -> None:
    recipe = concerned([PROJECT / "second/Dockerfile"], [SECOND])
    assert recipe == [Concerned("second", (PROJECT / "second/Dockerfile",), recipes=True)]
    assert concerned([PROJECT / "first/requirements.txt"], [FIRST])[0].recipes
    assert concerned([PROJECT / "first/pyproject.toml"], [FIRST])[0].recipes
    assert not concerned([PROJECT / "first/requirements.py"], [FIRST])[0].recipes


def test_all_files_of_an_image_have_it_built_anew() -> None:
    image = CodePlace("image", (PROJECT / "image",), is_built=True)
    assert concerned([PROJECT / "image/app.py"], [image])[0].recipes


def test_many_files_are_named_in_a_few_words() -> None:
    files = [PROJECT / f"first/{name}.py" for name in "abcde"]
    assert describe_files(files, PROJECT) == "first/a.py, first/b.py, first/c.py and 2 more"
    assert describe_files([Path("/elsewhere/a.py")], PROJECT) == "/elsewhere/a.py"


CODE, DATA = PROJECT / "first/app.py", PROJECT / "first/cache.json"


def changes(file: Path, number: int, *, initialising: bool = False, serving: bool = False) -> list[bool]:
    writes = OwnWrites()
    return [writes.is_own("first", file, initialising=initialising, serving=serving) for _ in range(number)]


def test_saves_while_a_function_is_idle_always_count() -> None:
    assert not any(changes(DATA, 50))


def test_data_that_a_function_writes_in_each_call_reloads_it_only_a_few_times() -> None:
    assert changes(DATA, 6, serving=True).index(True) == DATA_WRITES - 1
    assert all(changes(DATA, 6, serving=True)[DATA_WRITES:])


def test_code_that_a_function_writes_in_its_init_phase_does_not_reload_it_for_ever() -> None:
    assert changes(CODE, 40, initialising=True).index(True) == CODE_WRITES - 1


def test_code_that_somebody_saves_while_calls_are_served_always_counts() -> None:
    assert not any(changes(CODE, 50, serving=True))


def test_a_save_while_the_function_is_idle_begins_the_count_anew() -> None:
    writes = OwnWrites()
    for _ in range(DATA_WRITES + 2):
        writes.is_own("first", DATA, initialising=False, serving=True)
    assert not writes.is_own("first", DATA, initialising=False, serving=False)
    assert not writes.is_own("first", DATA, initialising=False, serving=True)
