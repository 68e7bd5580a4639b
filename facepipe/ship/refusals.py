"""Why images are not pushed, each reason with the name by which somebody can overrule it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from facepipe.ship.images import LocalImage
from facepipe.ship.problems import ShipError

MODEL = "vggface2"  #: what the pipeline is meant to run
NAMES = ("dirty-tree", "not-accepted", "model", "index", "architecture", "repository")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known before a push."""

    images: Sequence[LocalImage]
    architecture: str  #: the template's
    accepted: bool  #: whether the container acceptance suite passed with these very images
    changes: Sequence[str]  #: files that differ from the revision


def refusals(facts: Facts) -> dict[str, str]:
    """Return the reasons not to push, by name."""
    reasons = {}
    if facts.changes:
        files = ", ".join(facts.changes[:3]) + (" …" if len(facts.changes) > 3 else "")
        reasons["dirty-tree"] = f"{files} is not committed: the revision would not say what the images hold"
    if not facts.accepted:
        reasons["not-accepted"] = (
            "these images have not passed the acceptance suite here: scripts/test tests/acceptance -k containers"
        )
    for image in facts.images:
        if image.model != MODEL:
            reasons["model"] = f"{image.reference} holds the model {image.model}, not {MODEL}"
        reasons |= image_refusals(image, facts.architecture)
    return reasons


def image_refusals(image: LocalImage, architecture: str) -> dict[str, str]:
    """Return the reasons why Lambda would not take an image, by name; the architecture is the template's."""
    reasons = {}
    if image.is_index:
        reasons["index"] = f"{image.reference} is an image index, which Lambda refuses: build it without attestations"
    if image.architecture != architecture:
        reasons["architecture"] = f"{image.reference} is for {image.architecture}, the template for {architecture}"
    return reasons


def refuse(reasons: dict[str, str], allowed: Collection[str]) -> None:
    """Raise a `ShipError` of one line for the reasons that nobody has overruled."""
    left = {name: reason for name, reason in reasons.items() if name not in allowed}
    if left:
        words = "; ".join(left.values())
        cure = " ".join(f"--allow {name}" for name in left)
        raise ShipError(f"not pushed: {words} (to push all the same: {cure})")
