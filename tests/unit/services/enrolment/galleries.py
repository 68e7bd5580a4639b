"""Small galleries and embeddings for tests of what enrols people."""

import numpy as np

from services.face_recognition.gallery import Gallery, Model

MODEL = Model("casia-webface", "a" * 64)


def unit(*values: float) -> np.ndarray:
    """The unit vector with these first coordinates."""
    vector = np.zeros(512, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def gallery(*names: str, model: Model = MODEL, first: int = 0, margin: int = 32) -> Gallery:
    """People whose photos are all alike far from each other."""
    return Gallery(names, np.eye(512, dtype=np.float32)[first : first + len(names)], model, 1.0, margin)
