"""The functions' tokens: who may become an environment, and who may invoke one."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.link.tokens import FILE_THERE, HEADER, TokenError, Tokens, write_tokens
from emulator.supervisor.link_token import LINK_FILE, LINK_HEADER, LINK_VARIABLE, is_same_token, read_token, take_token


def test_every_function_and_every_start_has_its_own() -> None:
    one, other = Tokens(), Tokens()
    assert len({one.of("f"), one.of("g"), other.of("f"), other.of("g")}) == 4
    assert one.of("f") == one.of("f")
    assert "secret" not in repr(one)


def test_a_supervisor_with_its_functions_token_may_run_it() -> None:
    tokens = Tokens()
    assert tokens.problem("f", tokens.of("f")) == ""


@pytest.mark.parametrize("token", [None, "", 7, ["x"]])
def test_one_without_a_token_is_told_where_it_should_be(token: object) -> None:
    assert "it sent no token of the function f" in Tokens().problem("f", token)


@given(st.text(st.characters(), min_size=1))  # lone surrogates too: JSON can bring them
def test_no_other_text_is_a_token(text: str) -> None:
    assert "a token that is not the function f's since the emulator's last start" in Tokens().problem("f", text)
    assert not is_same_token(Tokens().of("f"), text)


def test_neither_another_functions_token_nor_one_of_an_earlier_start_is_right() -> None:
    tokens = Tokens()
    assert tokens.problem("f", tokens.of("g"))
    assert tokens.problem("f", Tokens().of("f"))


def test_an_empty_token_is_never_right() -> None:
    assert not is_same_token("", "")


def test_both_sides_name_the_header_alike() -> None:
    """The supervisor cannot import the emulator's modules: it runs inside images."""
    assert LINK_HEADER == HEADER
    assert LINK_FILE == FILE_THERE


def test_the_variable_is_gone_when_it_is_read() -> None:
    environment = {LINK_VARIABLE: "t", "PATH": "/bin"}
    assert take_token(environment) == "t"
    assert environment == {"PATH": "/bin"}
    assert take_token(environment) == ""


def test_the_file_is_read_anew_for_each_connection(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    first, second = Tokens(), Tokens()
    file = str(tmp_path / "f" / "token")
    assert read_token("", file) == "", "the emulator has not written it yet"
    write_tokens(tmp_path, ["f"], first)
    assert read_token("", file) == first.of("f")
    write_tokens(tmp_path, ["f"], second)
    assert read_token("", file) == second.of("f")
    assert read_token("given", file) == "given"


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    write_tokens(tmp_path, ["f"], Tokens())
    assert stat.S_IMODE((tmp_path / "f" / "token").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "f").iterdir()] == ["token"]


def test_a_function_without_a_volume_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(
        TokenError, match=r"token of the function f cannot be written .*mount a volume at .*compose\.yaml"
    ):
        write_tokens(tmp_path, ["f"], Tokens())
