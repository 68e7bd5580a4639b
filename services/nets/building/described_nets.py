"""The four nets of the pipeline with their weights, ready to be written into any `Writer`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from services.nets.building import inception, mtcnn, sources
from services.nets.building.checkpoint import read_tensors
from services.nets.building.fetch import Say, fetch_member
from services.nets.building.weights import Weights, layers


@dataclass(frozen=True, slots=True)
class NetWithWeights:
    """An architecture with its weights: `write` puts it into any `Writer` and returns the last value."""

    name: str
    write: Callable[[Any], Any]
    outputs: int  #: channels
    rank: int = 2  #: of the output: 4 where it has a height and a width


def describe(weights: Weights, downloads: Path, say: Say) -> list[NetWithWeights]:
    """Return the embedder with these weights, and MTCNN's nets with theirs, which are fetched where necessary."""
    nets = [NetWithWeights("embedder", partial(inception.embedder, layers(weights)), outputs=512)]
    for name, write, outputs in (("pnet", mtcnn.pnet, 5), ("rnet", mtcnn.rnet, 5), ("onet", mtcnn.onet, 15)):
        path = downloads / f"{name}.pt"
        fetch_member(sources.MTCNN[name], path, downloads, say)
        nets.append(NetWithWeights(name, partial(write, read_tensors(path)), outputs, rank=4 if name == "pnet" else 2))
    return nets
