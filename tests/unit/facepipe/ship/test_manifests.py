"""What a registry answers."""

import hashlib
import json

import pytest

from facepipe.ship.manifests import parse
from facepipe.ship.problems import ShipError


def test_a_manifest_is_named_by_its_bytes_and_names_its_image() -> None:
    raw = json.dumps({"schemaVersion": 2, "config": {"digest": "sha256:aa"}}, indent=3)
    manifest = parse(raw, "r/f:1")
    assert manifest.digest == "sha256:" + hashlib.sha256(raw.encode()).hexdigest()
    assert manifest.config_digest == "sha256:aa"


@pytest.mark.parametrize("media", ["application/vnd.oci.image.index.v1+json", ""])
def test_an_index_is_refused(media: str) -> None:
    with pytest.raises(ShipError, match="which Lambda refuses"):
        parse(json.dumps({"mediaType": media, "manifests": []}), "r/f:1")


@pytest.mark.parametrize("raw", ["", "<html>", "[]", "{}", '{"config": 1}'])
def test_nonsense_is_one_clear_line(raw: str) -> None:
    with pytest.raises(ShipError, match="not understood"):
        parse(raw, "r/f:1")
