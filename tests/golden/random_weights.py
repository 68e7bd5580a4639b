"""A checkpoint of the shape of vggface2's, with random numbers: what the original makes of it is a golden output."""

import numpy as np

from services.nets.building.inception import BLOCKS, BRANCHES, STEM

WIDTHS = {"block35": (256, 96, 256), "block17": (896, 256, 896), "block8": (1792, 384, 1792)}


def convolution_shapes() -> dict[str, tuple[int, ...]]:
    """Shapes of InceptionResnetV1's convolutions, as its published source states them."""
    shapes: dict[str, tuple[int, ...]] = {}
    stem = [(32, 3, 3, 3), (32, 32, 3, 3), (64, 32, 3, 3), (80, 64, 1, 1), (192, 80, 3, 3), (256, 192, 3, 3)]
    shapes.update(zip(STEM, stem, strict=True))
    kinds = {
        "block35": [[(32, 1, 1)], [(32, 1, 1), (32, 3, 3)], [(32, 1, 1), (32, 3, 3), (32, 3, 3)]],
        "block17": [[(128, 1, 1)], [(128, 1, 1), (128, 1, 7), (128, 7, 1)]],
        "block8": [[(192, 1, 1)], [(192, 1, 1), (192, 1, 3), (192, 3, 1)]],
        "mixed_6a": [[(384, 3, 3)], [(192, 1, 1), (192, 3, 3), (256, 3, 3)]],
        "mixed_7a": [[(256, 1, 1), (384, 3, 3)], [(256, 1, 1), (256, 3, 3)], [(256, 1, 1), (256, 3, 3), (256, 3, 3)]],
    }
    entering = {"block35": 256, "block17": 896, "block8": 1792, "mixed_6a": 256, "mixed_7a": 896}
    for name, _, kind, _ in BLOCKS:
        for index, branch in enumerate(kinds[kind]):
            assert len(branch) == len(BRANCHES[kind][index])
            channels = entering[kind]
            for step, (out, height, width) in enumerate(branch):
                suffix = f".{step}" if len(branch) > 1 else ""
                shapes[f"{name}.branch{index}{suffix}"] = (out, channels, height, width)
                channels = out
    return shapes


def random_state() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(7)
    state: dict[str, np.ndarray] = {}

    def norm(name: str, width: int) -> None:
        for part, low, high in (
            ("weight", 0.5, 1.5),
            ("bias", -0.1, 0.1),
            ("running_mean", -0.1, 0.1),
            ("running_var", 0.5, 2),
        ):
            state[f"{name}.{part}"] = chance.uniform(low, high, width).astype(np.float32)
        state[f"{name}.num_batches_tracked"] = np.array(1, np.int64)

    for name, shape in convolution_shapes().items():
        spread = (2 / np.prod(shape[1:])) ** 0.5
        state[f"{name}.conv.weight"] = (chance.standard_normal(shape, np.float32) * spread).astype(np.float32)
        norm(f"{name}.bn", shape[0])
    for name, _, kind, scale in BLOCKS:
        if scale:
            _, joined, out = WIDTHS[kind]
            state[f"{name}.conv2d.weight"] = chance.standard_normal((out, joined, 1, 1), np.float32) * np.float32(0.05)
            state[f"{name}.conv2d.bias"] = np.zeros(out, np.float32)
    state["last_linear.weight"] = chance.standard_normal((512, 1792), np.float32) * np.float32(0.03)
    norm("last_bn", 512)
    state["logits.weight"] = np.zeros((8631, 1), np.float32)
    state["logits.bias"] = np.zeros(8631, np.float32)
    return state


def random_crop() -> np.ndarray:
    """Return one 160×160×3 crop of noise."""
    return np.random.default_rng(11).integers(0, 256, (160, 160, 3), np.uint8)
