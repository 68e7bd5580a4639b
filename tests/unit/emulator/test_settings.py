"""What a container's variables mean."""

from pathlib import Path

import pytest

from emulator.settings import SettingsError, from_environment


@pytest.mark.parametrize(
    ("value", "journal", "off"),
    [("", None, False), ("off", None, True), ("/journal/journal.sqlite", Path("/journal/journal.sqlite"), False)],
)
def test_the_journal_is_a_file_in_memory_or_off(value: str, journal: Path | None, off: bool) -> None:
    settings = from_environment({"FACEPIPE_JOURNAL": value})
    assert (settings.journal, settings.journal_off) == (journal, off)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FACEPIPE_EVENT_RETRY_DELAYS", "soon"),
        ("FACEPIPE_PUBLIC_URL_PORT", "x"),
        ("FACEPIPE_PUBLIC_URL_PORT", "70000"),
        ("FACEPIPE_PARAMETERS", "Nothing"),
    ],
)
def test_a_variable_that_is_not_understood_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable if variable != "FACEPIPE_PARAMETERS" else "Nothing"):
        from_environment({variable: value})
