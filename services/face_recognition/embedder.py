"""Crops of faces to embeddings, with InceptionResnetV1."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Crops = NDArray[np.uint8]  #: N×160×160×3, RGB
Embeddings = NDArray[np.float32]  #: N×512, each of length 1

WIDTH = 512


class Embedder(Protocol):
    """Turns faces into points whose distances tell people apart."""

    def embed(self, crops: Crops) -> Embeddings:
        """Return the embedding of each crop."""
        ...


class EmbedderNet(Protocol):
    """The net as `images/models/inception.py` writes it: standardisation and normalisation included."""

    def __call__(self, images: NDArray[np.float32], /) -> Embeddings:
        """Run N×3×160×160, 0…255, through the net."""
        ...


@dataclass(frozen=True, slots=True)
class OnnxEmbedder:
    """InceptionResnetV1 on ONNX Runtime."""

    net: EmbedderNet

    def embed(self, crops: Crops) -> Embeddings:
        """Return the embedding of each crop, all in one batch; none for none."""
        if not len(crops):
            return np.zeros((0, WIDTH), np.float32)
        return self.net(np.ascontiguousarray(crops.transpose(0, 3, 1, 2), np.float32))
