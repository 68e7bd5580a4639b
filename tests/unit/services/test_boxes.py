import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.face_detection import boxes as geometry


def iou(a: np.ndarray, b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@settings(max_examples=50)
@given(st.integers(0, 60), st.integers(0, 1000))
def test_suppression_is_the_greedy_one(count: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    corner = chance.uniform(0, 50, (count, 2)).astype(np.float32)
    boxes = np.concatenate([corner, corner + chance.uniform(5, 30, (count, 2)).astype(np.float32)], axis=1)
    scores = chance.permutation(count).astype(np.float32)
    expected: list[int] = []
    for i in np.argsort(-scores):
        if all(iou(boxes[i], boxes[j]) <= 0.5 for j in expected):
            expected.append(i)
    assert geometry.suppress(boxes, scores, 0.5).tolist() == expected


def test_suppression_crosses_the_blocks_of_its_matrix() -> None:
    """A thousand and more boxes in one place: one stays."""
    boxes = np.tile(np.array([[0, 0, 10, 10]], np.float32), (1300, 1))
    scores = np.linspace(0, 1, 1300, dtype=np.float32)
    assert geometry.suppress(boxes, scores, 0.5).tolist() == [1299]


def test_only_boxes_of_one_group_suppress_each_other_and_the_largest_number_comes_first() -> None:
    boxes = np.tile(np.array([[0, 0, 10, 10]], np.float32), (4, 1))
    scores, groups = np.array([0.9, 0.7, 0.8, 0.6], np.float32), np.array([1, 2, 2, 1], np.float32)
    assert geometry.suppress(boxes, scores, 0.5, groups).tolist() == [2, 0]
    assert geometry.suppress(boxes[:0], scores[:0], 0.5, groups[:0]).tolist() == []


def test_a_box_inside_another_is_suppressed_by_the_smaller_area() -> None:
    boxes = np.array([[0, 0, 100, 100], [40, 40, 60, 60]], np.float32)
    scores = np.array([0.9, 0.8], np.float32)
    assert geometry.suppress(boxes, scores, 0.7).tolist() == [0, 1]
    assert geometry.suppress_contained(boxes, scores, 0.7).tolist() == [0]


def test_square_keeps_the_middle() -> None:
    squared = geometry.square(np.array([[10, 20, 30, 80]], np.float32))
    assert squared.tolist() == [[-10, 20, 50, 80]]


def test_corners_are_cut_at_the_edges_and_empty_outside() -> None:
    boxes = np.array([[-5.5, -1, 50.9, 40], [200, 10, 220, 30]], np.float32)
    corners = geometry.crop_corners(boxes, 100, 30)
    assert corners[0].tolist() == [0, 0, 50, 30]
    assert not (corners[1, 2:] > corners[1, :2]).all()


def test_cells_see_the_photo_in_12_by_12_windows() -> None:
    boxes = geometry.cells_to_boxes(np.array([0, 3, 3]), np.array([0, 5, 5]), np.array([0.5, 0.5, 0.25], np.float32))
    assert boxes.tolist() == [[2, 2, 24, 24], [22, 14, 44, 36], [44, 28, 88, 72]]
