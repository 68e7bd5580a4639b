"""Which versions may follow."""

import pytest

from release.release_error import ReleaseError
from release.version_number import verify_new, with_number


@pytest.mark.parametrize("version", ["0.2.0", "0.1.1", "1.0.0rc1", "0.10.0"])
def test_a_later_version_may_follow(version: str) -> None:
    verify_new(version, {"v0.1.0", "v0.0.9", "a tag of another kind"})


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("0.1.0", "the tag v0.1.0 exists"),
        ("0.0.9", "comes before 0.1.0"),
        ("0.1.0rc1", "comes before 0.1.0"),
        ("v0.2.0", "is no version"),
        ("0.2", "is no version"),
        ("0.2.0-beta", "is no version"),
    ],
)
def test_others_are_refused_with_the_reason(version: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        verify_new(version, {"v0.1.0"})


def test_only_the_projects_own_version_is_changed() -> None:
    text = '[project]\nname = "facepipe"\nversion = "0.1.0"\n[tool.other]\nversion = "7"\n'
    assert with_number(text, "0.2.0") == text.replace("0.1.0", "0.2.0")
