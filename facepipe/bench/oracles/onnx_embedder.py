"""InceptionResnetV1 as an ONNX graph, whatever runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.face_recognition.embedder import WIDTH, Crops, Embeddings

Run = Callable[[NDArray[Any]], NDArray[np.float32]]  #: takes N×3×height×width


@dataclass(frozen=True, slots=True)
class OnnxEmbedder:
    """The net with crops as the functions have them."""

    net: Run

    def embed(self, crops: Crops) -> Embeddings:
        """Return the embedding of each crop, all in one batch; none for none."""
        if not len(crops):
            return np.zeros((0, WIDTH), np.float32)
        return self.net(np.ascontiguousarray(crops.transpose(0, 3, 1, 2), np.float32))
