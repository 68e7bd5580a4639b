"""What is not pushed, and by which name that is overruled."""

from dataclasses import replace

import pytest

from facepipe.ship.images import LocalImage
from facepipe.ship.problems import ShipError
from facepipe.ship.refusals import NAMES, Facts, refusals, refuse

GOOD = LocalImage("face-detection", "facepipe/face-detection:latest", "sha256:aa", "x86_64", "abc", "vggface2")
FINE = Facts([GOOD], "x86_64", accepted=True, changes=[])

BAD = {
    "dirty-tree": (replace(FINE, changes=["template.yaml"]), "template.yaml is not committed"),
    "not-accepted": (replace(FINE, accepted=False), "have not passed the acceptance suite here"),
    "model": (replace(FINE, images=[replace(GOOD, model="casia-webface")]), "holds the model casia-webface"),
    "index": (replace(FINE, images=[replace(GOOD, is_index=True)]), "an image index, which Lambda refuses"),
    "architecture": (replace(FINE, images=[replace(GOOD, architecture="arm64")]), "is for arm64"),
}


def test_nothing_is_refused_without_a_reason() -> None:
    assert refusals(FINE) == {}


@pytest.mark.parametrize("name", BAD)
def test_each_reason_has_its_name_and_can_be_overruled_by_it_alone(name: str) -> None:
    facts, words = BAD[name]
    reasons = refusals(facts)
    assert list(reasons) == [name]
    with pytest.raises(ShipError, match=f"--allow {name}") as error:
        refuse(reasons, set(NAMES) - {name})
    assert words in str(error.value)
    refuse(reasons, {name})
