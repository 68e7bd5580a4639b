"""The layers of a project that are on this machine: folders whose modules its functions can import."""

from collections.abc import Iterator
from pathlib import Path


def packages_of_layer(layer: Path) -> Iterator[tuple[str, ...]]:
    """Yield the arguments of `pip install` for a layer that `sam build` would make (BuildMethod)."""
    if not (layer / "python").is_dir() and (layer / "requirements.txt").is_file():
        yield ("-r", str(layer / "requirements.txt"))


def modules_of_layer(layer: Path) -> Iterator[Path]:
    """Yield the folders of a layer that Lambda puts on Python's path: /opt/python and the site-packages in it."""
    yield from sorted((layer / "python/lib").glob("python3.*/site-packages"))
    if (layer / "python").is_dir():
        yield layer / "python"
    elif layer.is_dir():
        yield layer  # `sam build` puts the folder of a layer with a BuildMethod into python/
