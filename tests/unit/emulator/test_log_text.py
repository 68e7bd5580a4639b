"""Text of strangers in the emulator's log: one record is one line, and controls nothing."""

import io
import logging
import subprocess
import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.log_text import CONTINUED, LogFormatter, printable


def logged(act: Callable[[logging.Logger], None]) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormatter("%(name)s: %(message)s"))
    logger = logging.Logger("emulator")  # noqa: LOG001 - one of this test alone
    logger.addHandler(handler)
    act(logger)
    return stream.getvalue()


def is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d"


@given(st.text(st.characters()))
@example("/x\x1b]0;owned\x07")
@example("x\nemulator: face-detection: everything is well")
@example("x\r\nREPORT RequestId: 1\tStatus: error")
@example("\u2028forged")
@example("\ud800")
def test_whatever_is_logged_is_one_record_without_codes_of_control(text: str) -> None:
    output = logged(lambda logger: logger.warning("POST %s → 400", text))
    first, *others = output.removesuffix("\n").split("\n")
    assert first.startswith("emulator: POST ")
    assert all(line.startswith(CONTINUED) for line in others)
    assert not any(is_control(character) for character in first + "".join(others))


def test_a_traceback_keeps_its_lines() -> None:
    def act(logger: logging.Logger) -> None:
        try:
            raise ValueError("no\nemulator: forged \x1b[31m")
        except ValueError:
            logger.exception("failed")

    lines = logged(act).splitlines()
    assert lines[0] == "emulator: failed"
    assert lines[1] == f"{CONTINUED}Traceback (most recent call last):"
    assert f"{CONTINUED}emulator: forged \\x1b[31m" in lines


def test_names_are_printed_as_they_are() -> None:
    for name in ("Zoë Żółć", "می‌خواهم", "👩‍🚀", "東京"):
        assert printable(name) == name


@pytest.mark.parametrize("module", ["emulator"])
def test_the_program_says_what_is_wrong_without_codes_of_control(module: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", module],
        env={"FACEPIPE_TEMPLATE": "no\x1b[2J\nthing.yaml", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 2
    assert "no\\x1b[2J\\nthing.yaml cannot be read" in result.stderr
    assert result.stderr.count("\n") == 1
