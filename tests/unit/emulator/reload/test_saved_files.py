"""Which saves are noticed: everything that editors, git and people do with files, and nothing that only tools write."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from emulator.reload.counted_files import is_counted_file, is_counted_folder
from emulator.reload.saved_files import WatchError, saved_files
from emulator.reload.snapshot import scan


@pytest.mark.parametrize("name", ["app.py", "data.json", ".env", "model.onnx", "Dockerfile", "requirements.txt"])
def test_code_and_data_count(name: str) -> None:
    assert is_counted_file(name)


@pytest.mark.parametrize(
    "name",
    ["app.pyc", ".app.py.swp", "app.py~", "4913", "#app.py#", ".#app.py", "run.log", "cache.sqlite", ".gitignore"],
)
def test_bytecode_logs_and_files_of_editors_do_not_count(name: str) -> None:
    assert not is_counted_file(name)


@pytest.mark.parametrize("name", [".git", ".venv", "__pycache__", "node_modules", ".idea", "fn.egg-info"])
def test_folders_of_tools_do_not_count(name: str) -> None:
    assert not is_counted_folder(name)


class Watching:
    """What is noticed in a folder `fn` of a project."""

    def __init__(self, project: Path, *more: Path) -> None:
        self.folder = project / "fn"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "app.py").write_text("one")
        self.roots = [self.folder, *more]
        self.seen: set[str] = set()  #: the names of all files that were noticed
        self.saves: AsyncIterator[frozenset[Path]] = saved_files(lambda: self.roots, scan(self.roots))

    async def after(self, act: Callable[[], object], *names: str) -> None:
        """Do something, and wait until the files of these names are noticed: on a busy machine, in several looks."""
        waiting = asyncio.ensure_future(anext(self.saves))
        await asyncio.sleep(0)
        act()
        left = set(names)
        async with asyncio.timeout(240):
            while True:
                found = {path.name for path in await waiting}
                self.seen |= found
                left -= found
                if not left:
                    return
                waiting = asyncio.ensure_future(anext(self.saves))


def noticed(project: Path, acts: Sequence[tuple[Callable[[Path], object], str]]) -> set[str]:
    """Do one thing after the other, each when the file of the one before was noticed; return all that was noticed."""

    async def watch() -> set[str]:
        watching = Watching(project)
        for act, name in acts:
            await watching.after(partial(act, watching.folder), name)
        return watching.seen

    return asyncio.run(watch())


def rename_over(folder: Path) -> None:
    """Save as Vim, PyCharm and others do: into a new file, which takes the old one's place."""
    (folder / ".app.py.new").write_text("two")
    (folder / ".app.py.new").replace(folder / "app.py")


def write_twice(folder: Path) -> None:
    (folder / "app.py").write_text("")
    (folder / "app.py").write_text("two")


def check_out(folder: Path) -> None:
    """Change many files in one go, some in new folders, as `git checkout` does."""
    for number in range(200):
        (folder / f"package{number % 5}").mkdir(exist_ok=True)
        (folder / f"package{number % 5}" / f"m{number}.py").write_text("new")
    (folder / "app.py").unlink()


def test_an_edit_a_rename_and_a_touch_are_saves(tmp_path: Path) -> None:
    def edit(folder: Path) -> None:
        (folder / "app.py").write_text("edited")

    def touch(folder: Path) -> None:
        (folder / "app.py").touch()

    assert noticed(tmp_path, [(act, "app.py") for act in (edit, rename_over, write_twice, touch)]) == {"app.py"}


def test_many_files_are_all_noticed_and_the_new_folders_are_watched(tmp_path: Path) -> None:
    names = {f"m{number}.py" for number in range(200)} | {"app.py"}

    async def watch() -> set[str]:
        watching = Watching(tmp_path)
        await watching.after(lambda: check_out(watching.folder), *names)
        await watching.after(lambda: (watching.folder / "package3/m3.py").write_text("more"), "m3.py")
        return watching.seen

    assert asyncio.run(watch()) == names


def test_bytecode_and_files_of_git_are_not_noticed(tmp_path: Path) -> None:
    def run_tools(folder: Path) -> None:
        for name in ("__pycache__", ".git", "node_modules"):
            (folder / name).mkdir()
            (folder / name / "app.py").write_text("not code")
        (folder / "fn.log").write_text("a line")
        (folder / "real.py").write_text("code")

    assert noticed(tmp_path, [(run_tools, "real.py")]) == {"real.py"}


def test_a_folder_that_disappears_and_comes_back_is_followed_again(tmp_path: Path) -> None:
    def remove(folder: Path) -> None:
        shutil.rmtree(folder)

    def come_back(folder: Path) -> None:
        folder.mkdir()
        (folder / "app.py").write_text("back")

    def edit(folder: Path) -> None:
        (folder / "app.py").write_text("edited again")

    assert noticed(tmp_path, [(act, "app.py") for act in (remove, come_back, edit)]) == {"app.py"}


def test_files_behind_symbolic_links_are_followed(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "lib.py").write_text("one")
    (tmp_path / "one.py").write_text("one")
    (tmp_path / "fn").mkdir()
    (tmp_path / "fn" / "shared").symlink_to(shared)
    (tmp_path / "fn" / "linked.py").symlink_to(tmp_path / "one.py")
    (tmp_path / "fn" / "loop").symlink_to(tmp_path / "fn")

    acts = [
        (lambda _: (shared / "lib.py").write_text("changed"), "lib.py"),
        (lambda _: (tmp_path / "one.py").write_text("changed"), "linked.py"),
    ]
    assert noticed(tmp_path, acts) == {"lib.py", "linked.py"}


def test_a_single_file_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    models = tmp_path / "var" / "models"

    async def watch() -> set[str]:
        watching = Watching(tmp_path, models / "manifest.json")

        def build(text: str) -> None:
            models.mkdir(parents=True, exist_ok=True)
            (models / "net.plan").write_text(text)
            (models / "manifest.json").write_text(text)

        await watching.after(lambda: build("one"), "manifest.json")
        await watching.after(lambda: build("other"), "manifest.json")
        return watching.seen

    assert asyncio.run(watch()) == {"manifest.json"}


def test_more_roots_are_followed_without_taking_their_files_as_saved(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "old.py").write_text("as it was")

    async def watch() -> set[str]:
        watching = Watching(tmp_path)

        def add_root() -> None:
            watching.roots = [*watching.roots, other]
            (watching.folder / "app.py").write_text("two")

        await watching.after(add_root, "app.py")
        await watching.after(lambda: (watching.folder / "app.py").write_text("three"), "app.py")
        await watching.after(lambda: (other / "new.py").write_text("new"), "new.py")
        return watching.seen

    assert asyncio.run(watch()) == {"app.py", "new.py"}


def test_exhausted_watches_are_an_error_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> AsyncIterator[None]:
        raise OSError('OS file watch limit reached. about ["/project"]')
        yield

    monkeypatch.setattr("watchfiles.awatch", refuse)
    with pytest.raises(WatchError, match=r"raise the limit with `sudo sysctl fs.inotify.max_user_watches="):
        noticed(tmp_path, [(lambda _: None, "app.py")])
