"""Which compiler is taken, and what is said where there is none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.nets.building.compiler import VARIANTS, CompileError, compiling
from services.nets.kernel_library import REQUIREMENTS


def nothing(_: str) -> None:
    pass


def compile_kernels(directory: Path, tools: Path, say: Callable[[str], None]) -> list[Path]:
    with compiling(directory, tools, say) as compiled:
        return compiled()


def test_what_is_compiled_is_what_the_functions_look_for() -> None:
    assert {machine: list(names) for machine, names in VARIANTS.items()} == {
        machine: list(names) for machine, names in REQUIREMENTS.items()
    }


def test_a_compiler_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler -x")
    with pytest.raises(CompileError, match="CXX names no-such-compiler"):
        compile_kernels(tmp_path, tmp_path, nothing)


def test_what_the_compiler_says_is_passed_on_and_nothing_half_done_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\necho 'this is not a language of mine' >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    with pytest.raises(CompileError, match="this is not a language of mine"):
        compile_kernels(tmp_path / "models", tmp_path, nothing)
    assert list((tmp_path / "models").iterdir()) == []


def test_without_any_compiler_one_is_fetched_or_the_cure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    said: list[str] = []
    with pytest.raises(CompileError, match=r"none could be fetched: sudo apt install g\+\+"):
        compile_kernels(tmp_path / "models", tmp_path / "tools", said.append)
    assert said == ["no C++ compiler here: fetching one, 100 MB, once (`sudo apt install g++` would spare that)"]


def test_each_library_is_announced_when_it_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = tmp_path / "compiler"
    compiler.write_text('#!/bin/sh\nfor last; do :; done\n: >"$last"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    said: list[str] = []
    libraries = compile_kernels(tmp_path / "models", tmp_path, said.append)
    number = len(libraries)
    assert said[0] == f"compiling the kernels with {compiler}: {number} libraries, meanwhile"
    assert said[1:] == [f"  {file.name}: {place} of {number}" for place, file in enumerate(libraries, 1)]
