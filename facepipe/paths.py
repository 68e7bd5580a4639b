"""Where things are: in a checkout, or where facepipe is installed and in its user's data folder."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HOME_VARIABLE = "FACEPIPE_HOME"
PACKAGE = Path(__file__).resolve().parent
SOURCES = PACKAGE / "_sources"  #: where a wheel has services/, emulator/, images/ and template.yaml (pyproject.toml)


class NoCheckoutError(RuntimeError):
    """Something needs a checkout, and facepipe is installed from a wheel; the message says what."""


def sources(package: Path = PACKAGE) -> Path:
    """Return the folder of services/, emulator/, images/ and template.yaml: in a wheel, or else in the checkout."""
    installed = package / SOURCES.name
    return installed if installed.is_dir() else package.parent


def data_folder(root: Path, environ: Mapping[str, str]) -> Path:
    """Return the folder of made and fetched files: FACEPIPE_HOME, the checkout's `var/`, or the user's data folder."""
    if environ.get(HOME_VARIABLE):
        return Path(environ[HOME_VARIABLE]).expanduser().absolute()
    if root.name != SOURCES.name:
        return root / "var"
    data = Path(environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else _home() / ".local/share") / "facepipe"


def _home() -> Path:
    """Return the user's home; of a user without one `/`, where an error names the folder that cannot be made."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def _data_folder_here() -> Path:
    return data_folder(sources(), os.environ)


@dataclass(frozen=True, slots=True)
class Paths:
    """The places of one checkout or installation; everything made or fetched is under `var`."""

    root: Path = field(default_factory=sources)
    var: Path = field(default_factory=_data_folder_here)

    @property
    def is_checkout(self) -> bool:
        """Whether this is a checkout, with all that images are built from."""
        return self.root.name != SOURCES.name

    def need_checkout(self, what: str) -> None:
        """Raise `NoCheckoutError` if this is no checkout."""
        if not self.is_checkout:
            raise NoCheckoutError(f"{what} needs a checkout of facepipe; clone its repository, and run it there")

    @property
    def template(self) -> Path:
        """The application."""
        return self.root / "template.yaml"

    @property
    def downloads(self) -> Path:
        """Fetched weights."""
        return self.var / "downloads"

    @property
    def models(self) -> Path:
        """The nets, the kernels that run them, and their manifest."""
        return self.var / "models"

    @property
    def manifest(self) -> Path:
        """The file that names all models: it is written when they are complete."""
        return self.models / "manifest.json"

    @property
    def services(self) -> Path:
        """The application's code."""
        return self.root / "services"

    @property
    def rie(self) -> Path:
        """The Runtime Interface Emulator, which is fetched for `--engine rie`."""
        return self.var / "rie/aws-lambda-rie"

    @property
    def samples(self) -> Path:
        """Sample portraits."""
        return self.var / "samples"

    @property
    def gallery(self) -> Path:
        """The user's people: in a folder of its own, since containers mount it."""
        return self.var / "gallery" / "gallery.npz"

    @property
    def queues(self) -> Path:
        """The messages of the emulator's own queues: in a folder of its own, which only its user may read."""
        return self.var / "queues" / "queues.sqlite"

    @property
    def journal(self) -> Path:
        """What happened to every request."""
        return self.var / "journal" / "journal.sqlite"

    @property
    def console_pages(self) -> Path:
        """The console's HTML, CSS and JavaScript."""
        return PACKAGE / "console" / "site"

    @property
    def payloads(self) -> Path:
        """What functions were given and returned, kept for the console: beside the journal."""
        return self.var / "journal" / "payloads.sqlite"
