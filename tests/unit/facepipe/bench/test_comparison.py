"""The pure parts of `bench models`: what is made of the measurements."""

import numpy as np
import pytest

from facepipe.bench.cell import DETECTION, EMBEDDING, OPENVINO, ORIGINAL, OURS, Measured
from facepipe.bench.comparison import CellRun, detection_parity, embedding_parity, figures


def measured(times: list[float], cold: float = 100, memory: float = 50) -> Measured:
    return Measured(10, cold, memory, memory, memory, {"640×480": times}, {"640×480": [2 * time for time in times]})


def runs(ours: list[list[float]], original: list[list[float]], *, cpus: float | None = None) -> list[CellRun]:
    sides = [(OURS, times) for times in ours] + [(ORIGINAL, times) for times in original]
    return [CellRun(DETECTION, 1, cpus, engine, measured(times)) for engine, times in sides]


def test_a_figure_is_the_median_of_the_processes_medians() -> None:
    found = figures(runs([[1, 2, 90], [10, 10, 10], [3, 4, 5]], [[20, 20, 20]]))
    speed = next(figure for figure in found if figure.quantity == "640×480")
    assert (speed.ours, speed.original, speed.ratio, speed.processor_ratio) == (4, 20, 5, 5)


@pytest.mark.parametrize(("original", "met"), [(50.0, True), (49.9, False)])
def test_a_target_is_met_from_its_ratio_on(original: float, met: bool) -> None:
    speed = figures(runs([[10.0]], [[original]]))[0]
    assert speed.target == 5.0
    assert speed.met is met


def test_there_are_no_targets_under_a_quota_and_for_sizes_without_one() -> None:
    assert all(figure.met is None for figure in figures(runs([[1.0]], [[9.0]], cpus=0.5)))


def test_an_engine_alone_makes_no_figure() -> None:
    assert figures([run for run in runs([[1.0]], [[9.0]]) if run.engine == OURS]) == []


def test_a_further_engine_is_a_value_of_each_figure_and_changes_no_ratio() -> None:
    with_other = [*runs([[1.0]], [[4.0]]), CellRun(DETECTION, 1, None, OPENVINO, measured([2.0]))]
    speed = figures(with_other)[0]
    assert (speed.ratio, speed.others) == (4.0, {OPENVINO: 2.0})
    assert figures([run for run in with_other if run.engine != ORIGINAL]) == []


def outputs(boxes: list[list[float]], confidence: float = 0.9) -> dict[str, np.ndarray]:
    count = len(boxes)
    return {
        "photo|0": np.array(boxes, np.float32).reshape(count, 4),
        "photo|1": np.full(count, confidence, np.float32),
        "photo|2": np.zeros((count, 5, 2), np.float32),
    }


def test_parity_names_the_largest_difference_of_each_kind() -> None:
    parity = detection_parity(outputs([[0, 0, 10, 10.5]]), outputs([[0, 0, 10, 10]], 0.8995))
    assert parity.held
    assert parity.worst["box px"] == pytest.approx(0.5)
    assert parity.worst["confidence"] == pytest.approx(0.0005, rel=0.01)


@pytest.mark.parametrize(
    "ours", [outputs([[0, 0, 10, 12]]), outputs([[0, 0, 10, 10]], 0.8), outputs([]), outputs([[0, 0, 10, 10]] * 2)]
)
def test_parity_breaks_beyond_a_bound_and_with_another_number_of_faces(ours: dict[str, np.ndarray]) -> None:
    assert not detection_parity(ours, outputs([[0, 0, 10, 10]])).held


def test_no_faces_on_both_sides_is_parity() -> None:
    assert detection_parity(outputs([]), outputs([])).held


def test_parity_of_embeddings_is_their_distance() -> None:
    ours, original = np.eye(2, 512, dtype=np.float32), np.eye(2, 512, dtype=np.float32)
    ours[1, 7] = 0.0005
    empty = np.zeros((0, 512), np.float32)
    parity = embedding_parity({"a|0": ours, "b|0": empty}, {"a|0": original, "b|0": empty})
    assert parity.held
    assert parity.faces == 2
    assert parity.worst["embedding"] == pytest.approx(0.0005)
    ours[0, 9] = 0.01
    assert not embedding_parity({"a|0": ours}, {"a|0": original}).held


def test_both_parts_and_all_shares_have_figures_of_their_own() -> None:
    mixed = [*runs([[1.0]], [[2.0]]), *runs([[3.0]], [[9.0]], cpus=0.5)]
    mixed += [CellRun(EMBEDDING, 1, None, engine, measured([5.0])) for engine in (OURS, ORIGINAL)]
    keys = {(figure.part, figure.cpus) for figure in figures(mixed)}
    assert keys == {(DETECTION, None), (DETECTION, 0.5), (EMBEDDING, None)}
