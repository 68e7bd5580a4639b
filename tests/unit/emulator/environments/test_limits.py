"""How many environments may run at once, as the command line says it."""

import pytest

from emulator.environments.environment_limits import Limits
from emulator.loading import EmulatorError, load
from emulator.setting import SettingsError, read_settings
from emulator.settings import Settings
from facepipe.paths import Paths


def limits_of(*texts: str) -> Limits:
    return read_settings(Settings(), {"--environments": texts}, {}).environments


def test_a_number_is_for_every_function_and_a_name_for_one() -> None:
    limits = limits_of("3", "detect=1")
    assert (limits.of("detect"), limits.of("recognise")) == (1, 3)
    assert str(limits) == "up to 3 a function, 1 of detect"


def test_without_any_it_is_five_as_aws_takes_batches() -> None:
    assert limits_of().of("any") == 5


@pytest.mark.parametrize("text", ["0", "-1", "many", "detect=", "detect=0", "=3", "1001", "a=b=c"])
def test_what_is_no_number_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(SettingsError, match="--environments is .*: write a number from 1 to 1000, or NAME=number"):
        limits_of(text)


def test_a_name_that_no_function_has_is_refused() -> None:
    paths = Paths()
    settings = Settings(paths.template, environments=Limits(named={"nobody": 2}))
    with pytest.raises(EmulatorError, match="--environments nobody=…: the template has face-detection"):
        load(settings)
