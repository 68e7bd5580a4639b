"""Whether all that `facepipe models` makes is there and of this version, found out without reading it.

A function checks the sha256 of what it loads. The start would take a third of a second longer if it did so, too.
"""

import contextlib
import json
from pathlib import Path

from facepipe.paths import Paths
from services.enrolment.gallery_place import seed
from services.nets.building.fetch import FetchError, Say
from services.nets.building.writer_version import writer

SAMPLE_GALLERY, PORTRAIT = "sample-gallery.npz", "grace_hopper.jpg"


def prepare_application(paths: Paths, gallery: Path | None, say: Say) -> None:
    """Fetch and build what the application needs and is not there; its gallery is a copy of the sample's at first.

    Without a gallery it runs in containers, whose images have everything but the photo of the first request.
    """
    if gallery is None:
        if not (paths.samples / PORTRAIT).exists():
            from images.extras import fetch_samples  # noqa: PLC0415  # needed once

            with contextlib.suppress(FetchError):  # everything else works without it
                fetch_samples(paths.samples, paths.downloads, say=say)
        return
    if not are_present(paths):
        from facepipe.built_models import prepare  # noqa: PLC0415  # it takes long to import, and is needed once

        if not (paths.models / SAMPLE_GALLERY).exists():
            say(f"first run: fetching and building the models, about 110 MB to download, in {paths.var}")
        prepare(paths, say)
    if not gallery.exists():
        seed(gallery, paths.models)


def prepare_rie(paths: Paths, say: Say) -> None:
    """Fetch the Runtime Interface Emulator, which only `--engine rie` runs, unless it is there."""
    if not paths.rie.exists():
        from facepipe.built_models import add_rie  # noqa: PLC0415  # it takes long to import, and is needed once

        add_rie(paths, say)


def are_present(paths: Paths) -> bool:
    """Return whether the files are there, in their sizes, and written by this version of the program."""
    files = (paths.models / SAMPLE_GALLERY, paths.samples / PORTRAIT)
    try:
        manifest = json.loads(paths.manifest.read_text(encoding="utf-8"))
        whole = all((paths.models / name).stat().st_size == entry["bytes"] for name, entry in manifest["files"].items())
        return whole and manifest["writer"] == writer() and all(file.exists() for file in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
