"""What a registry holds: a manifest, named by its digest, which names the image by its config digest."""

import hashlib
import json
from dataclasses import dataclass

from facepipe.ship.docker import DockerError, docker
from facepipe.ship.images import INDEXES
from facepipe.ship.problems import ShipError

MISSING = ("not found", "manifest unknown", "name unknown", "no such manifest")


@dataclass(frozen=True, slots=True)
class RegistryImage:
    """One single-platform image in a registry."""

    digest: str  #: by which it is deployed
    config_digest: str  #: the image's identity, the same on every machine


def parse(raw: str, reference: str) -> RegistryImage:
    """Read a manifest's text; `ShipError` for an index, which Lambda refuses."""
    try:
        content = json.loads(raw)
        if content.get("mediaType") in INDEXES or "manifests" in content:
            raise ShipError(
                f"{reference} is an image index, which Lambda refuses: build without attestations, push again"
            )
        return RegistryImage(f"sha256:{hashlib.sha256(raw.encode()).hexdigest()}", str(content["config"]["digest"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShipError(f"{reference}: the registry's manifest is not understood ({error})") from error


def fetch(reference: str) -> RegistryImage | None:
    """Ask a registry, with docker's own login; None where it has no such image."""
    try:
        raw = docker("buildx", "imagetools", "inspect", "--raw", reference)
    except DockerError as error:
        if any(words in error.words.lower() for words in MISSING):
            return None
        raise
    return parse(raw, reference)
