"""`facepipe models`: everything that has to be fetched or built before the pipeline can run."""

import contextlib
import fcntl
import platform
from collections.abc import Iterator
from pathlib import Path

from facepipe.paths import Paths
from images.extras import fetch_rie, fetch_samples
from services.enrolment.sample import make_sample_gallery
from services.nets.building.build import build
from services.nets.building.fetch import Say
from services.nets.building.weights import NetworkChoice

SAMPLE_PORTRAIT = ("grace_hopper.jpg", "Grace Hopper")


def prepare(
    paths: Paths, say: Say, *, model: str | None = None, weights: Path | None = None, keep_downloads: bool = False
) -> str:
    """Fetch and build what is missing; return the id of the recognition model in use.

    What is fetched for that is deleted, because the nets hold all its numbers; what was there before stays.
    """
    with _alone(paths, say), contextlib.nullcontext() if keep_downloads else _deleted_downloads(paths):
        manifest = build(paths.models, paths.downloads, order=NetworkChoice(model, weights), say=say)
        fetch_samples(paths.samples, paths.downloads, say=say)
        if paths.rie.exists():  # of another version, perhaps
            _fetch_rie(paths, say)
        photo, name = SAMPLE_PORTRAIT
        make_sample_gallery(paths.models, paths.samples / photo, name)
    return str(manifest["model_id"])


def add_rie(paths: Paths, say: Say) -> None:
    """Fetch the Runtime Interface Emulator, and keep nothing else of what is fetched for that."""
    with _alone(paths, say), _deleted_downloads(paths):
        _fetch_rie(paths, say)


def _fetch_rie(paths: Paths, say: Say) -> None:
    fetch_rie(paths.rie.parent, paths.downloads, machine=platform.machine(), say=say)


@contextlib.contextmanager
def _deleted_downloads(paths: Paths) -> Iterator[None]:
    """Delete what the block fetches; what an interrupted one has left stays, so that the next goes on there."""
    before = set(paths.downloads.glob("*"))
    yield
    for file in set(paths.downloads.glob("*")) - before:
        file.unlink()


@contextlib.contextmanager
def _alone(paths: Paths, say: Say) -> Iterator[None]:
    """Let one program at a time fetch and build; two would write into the same unfinished downloads."""
    paths.var.mkdir(parents=True, exist_ok=True)
    with (paths.var / "models.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another facepipe is fetching or building the models; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
