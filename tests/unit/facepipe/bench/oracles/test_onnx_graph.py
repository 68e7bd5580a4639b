"""Layers written the fast way against the same layers by their definition."""

import numpy as np
import onnxruntime
import pytest

from facepipe.bench.oracles.onnx_graph import Graph
from services.nets.building.layers import widen

SLOPES = {
    "rising": [0.1, 0.25, 0.5],
    "falling": [-0.2, -1.5, -0.01],
    "steep": [1.3, 1.0, 0.95],
    "all kinds": [0.2, -0.7, 1.4],
}


def run(graph: Graph, y: str, image: np.ndarray) -> np.ndarray:
    model = graph.model(y, "channels", rank=4)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": image})[0]


def by_definition(image: np.ndarray, weight: np.ndarray, bias: np.ndarray, slope: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), weight.shape[2:], axis=(2, 3))
    z = np.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None]
    return np.where(z > 0, z, z * slope[:, None, None])


def layer(seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.standard_normal((3, 3, 3, 3), np.float32), chance.standard_normal(3).astype(np.float32)


@pytest.mark.parametrize("kind", SLOPES)
def test_prelu_is_what_it_is_by_definition(kind: str) -> None:
    slope, image = (
        np.array(SLOPES[kind], np.float32),
        np.random.default_rng(0).standard_normal((2, 3, 9, 11), np.float32),
    )
    graph = Graph()
    ours = run(graph, graph.conv_prelu("image", layer(1), slope), image)
    assert np.allclose(ours, by_definition(image, *layer(1), slope), atol=1e-4)


@pytest.mark.parametrize("kind", SLOPES)
@pytest.mark.parametrize("size", [2, 3])
def test_the_maximum_may_come_before_prelu(kind: str, size: int) -> None:
    slope, image = (
        np.array(SLOPES[kind], np.float32),
        np.random.default_rng(0).standard_normal((2, 3, 12, 13), np.float32),
    )
    graph = Graph()
    ours = run(graph, graph.conv_prelu_pool("image", layer(2), slope, size), image)
    plain = by_definition(image, *layer(2), slope)
    pooled = np.full((*plain.shape[:2], *ours.shape[2:]), -np.inf)
    for i, j in np.ndindex(ours.shape[2:]):
        pooled[:, :, i, j] = plain[:, :, 2 * i : 2 * i + size, 2 * j : 2 * j + size].max(axis=(2, 3))
    assert np.allclose(ours, pooled, atol=1e-4)


def test_widening_appends_zeros_up_to_a_block() -> None:
    wide = widen(np.ones((28, 3), np.float32), 0)
    assert wide.shape == (32, 3)
    assert wide.sum() == 28 * 3
    assert widen(wide, 0).shape == (32, 3)
