"""Crops of faces to embeddings, with InceptionResnetV1."""

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
