"""The kernels against the definitions of what they compute, with every library that this processor can run."""

import _ctypes
import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.bench.oracles.integral_image import IntegralImage
from services.face_detection import boxes as geometry
from services.face_detection.kernel_detector import KernelPhoto, suppress
from services.face_recognition.kernel_embedder import load_embedder
from services.nets.building.plan import Plan, Value
from services.nets.building.step import StepKind
from services.nets.kernel_library import Kernels, load_kernels, suitable
from services.nets.kernel_net import KernelNet
from services.nets.model_files import ModelError

pytestmark = pytest.mark.models

POOL = ThreadPoolExecutor(3)


@pytest.fixture(scope="module", params=suitable())
def kernels(models_dir: Path, request: pytest.FixtureRequest) -> Kernels:
    return load_kernels(models_dir, [request.param])


def chance(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def net(folder: Path, kernels: Kernels, plan: Plan, outputs: int) -> KernelNet:
    content = plan.file(outputs)
    (folder / "it.plan").write_bytes(content)
    manifest = {"model_id": "x", "weights": {"sha256": ""}, "thresholds": []}
    manifest["files"] = {"it.plan": {"sha256": hashlib.sha256(content).hexdigest()}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return KernelNet.load(folder, "it", kernels)


def convolved(images: np.ndarray, layer: tuple[np.ndarray, np.ndarray], stride: int = 1, padding=(0, 0)) -> np.ndarray:
    """N×h×w×channels by the definition, in 64 bits."""
    weight, bias = layer
    down, across = padding
    images = np.pad(images.astype(np.float64), ((0, 0), (down, down), (across, across), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(images, weight.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nhwcij,ocij->nhwo", windows, weight) + bias


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def layer(seed: int, out: int, channels: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    scale = np.float32(1 / np.sqrt(channels * height * width))
    return chance(seed, out, channels, height, width) * scale, chance(seed + 1, out)


def test_this_machine_has_kernels() -> None:
    assert suitable(), "no test below would say anything"


@settings(max_examples=40)
@given(
    window=st.sampled_from([(1, 1), (3, 3), (1, 7), (7, 1), (2, 2), (3, 1)]),
    stride=st.sampled_from([1, 2]),
    padded=st.booleans(),
    channels=st.sampled_from([1, 3, 10, 16, 28, 32, 80]),
    out=st.sampled_from([1, 5, 16, 48, 96, 130]),
    size=st.tuples(st.integers(1, 3), st.integers(8, 40), st.integers(8, 40)),
    threads=st.integers(1, 3),
)
def test_layers_are_what_they_are_by_definition(  # noqa: PLR0913  # as many as a layer has kinds
    kernels, tmp_path_factory, window, stride, padded, channels, out, size, threads
) -> None:
    first, second, slope = layer(1, channels, 3, 1, 1), layer(3, out, channels, *window), chance(9, out)
    padding = (window[0] // 2, window[1] // 2) if padded else (0, 0)
    plan = Plan()
    x = plan.conv_relu(plan.image(), first)
    x = plan.conv_relu(x, second, stride=stride, padding=padding)
    plan.conv_prelu(x, layer(5, out, out, 1, 1), slope)
    it = net(tmp_path_factory.mktemp("net"), kernels, plan, out)
    images = chance(7, *size, 3)
    y = relu(convolved(relu(convolved(images, first)), second, stride, padding))
    z = convolved(y, layer(5, out, out, 1, 1))
    expected = np.where(z > 0, z, z * slope)
    assert np.abs(it(images, POOL, threads) - expected).max() < 1e-4
    assert np.array_equal(it(images, POOL, threads), it(images))


def test_the_layers_above_take_both_ways_of_convolution() -> None:
    direct, fewer = StepKind.CONVOLUTION, StepKind.WINOGRAD
    kinds = {((3, 3), 1): fewer, ((3, 3), 2): fewer, ((1, 7), 1): fewer, ((7, 1), 1): fewer}
    kinds |= {((2, 2), 1): direct, ((3, 1), 1): direct, ((1, 7), 2): direct}
    for (window, stride), kind in kinds.items():
        plan = Plan()
        x = plan.conv_relu(plan.image(), layer(1, 16, 3, 3, 3))
        plan.conv_relu(x, layer(1, 16, 16, *window), stride=stride)
        assert [step.fields["kind"] for step in plan.steps] == [direct, kind]


def test_a_dense_layer_on_3x3_pixels_is_no_convolution_with_fewer_multiplications() -> None:
    plan = Plan()
    plan.dense(plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1)), (chance(1, 16, 144), chance(2, 16)))
    assert [step.fields["kind"] for step in plan.steps] == [StepKind.CONVOLUTION, StepKind.CONVOLUTION]


@pytest.mark.parametrize("threads", [1, 2])
def test_branches_residual_pooling_mean_and_length(kernels, tmp_path, threads: int) -> None:
    layers = [layer(i, 32, 32, 3, 3) for i in range(3)]
    plan: Any = Plan()
    x = plan.conv_relu(plan.image(), layer(8, 32, 3, 1, 1))
    inner = plan.conv_relu(x, layer(7, 32, 32, 1, 1))
    left = plan.conv_relu(inner, layers[0], padding=(1, 1))
    right = plan.conv_relu(plan.conv_relu(inner, layers[1], padding=(1, 1)), layers[2], padding=(1, 1))
    y = plan.residual(x, plan.concat(left, right), layer(9, 32, 64, 1, 1), relu=True)
    pooled = plan.concat(plan.max_pool(y, 3), plan.max_pool(x, 3))
    plan.unit_length(plan.dense(plan.flatten(plan.mean(pooled)), (chance(4, 20, 64), chance(5, 20))))
    images = chance(6, 2, 17, 18, 3)
    x = relu(convolved(images, layer(8, 32, 3, 1, 1)))
    inner = relu(convolved(x, layer(7, 32, 32, 1, 1)))
    left = relu(convolved(inner, layers[0], padding=(1, 1)))
    right = relu(convolved(relu(convolved(inner, layers[1], padding=(1, 1))), layers[2], padding=(1, 1)))
    y = relu(convolved(np.concatenate([left, right], axis=3), layer(9, 32, 64, 1, 1)) + x)
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([y, x], axis=3), (3, 3), axis=(1, 2))
    pooled = windows[:, ::2, ::2].max(axis=(4, 5))
    vectors = pooled.mean(axis=(1, 2)) @ chance(4, 20, 64).T.astype(np.float64) + chance(5, 20)
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = net(tmp_path, kernels, plan, 20)(images, POOL, threads)
    assert np.abs(found[:, 0, 0] - expected).max() < 1e-5


@pytest.mark.parametrize("threads", [1, 2])
def test_several_images_give_what_each_gives_alone(kernels, tmp_path, threads: int) -> None:
    """The first steps are walked image by image, across steps with many weights and branches too."""
    plan: Any = Plan()
    x = plan.conv_relu(plan.image(), layer(1, 32, 3, 1, 1))
    left = plan.conv_relu(plan.conv_relu(x, layer(2, 32, 32, 1, 1)), layer(3, 48, 32, 3, 3), padding=(1, 1))
    right = plan.conv_relu(x, layer(5, 16, 32, 1, 1))
    y = plan.residual(x, plan.concat(left, right), layer(7, 32, 64, 1, 1), relu=True)
    plan.conv_relu(plan.max_pool(y, 3), layer(9, 256, 32, 2, 2))
    it = net(tmp_path, kernels, plan, 256)
    images = chance(2, 3, 15, 18, 3)
    together = it(images, POOL, threads)
    for image, found in zip(images, together, strict=True):
        assert np.array_equal(it(image[None], POOL, threads)[0], found)
    x = relu(convolved(images, layer(1, 32, 3, 1, 1)))
    left = relu(convolved(relu(convolved(x, layer(2, 32, 32, 1, 1))), layer(3, 48, 32, 3, 3), padding=(1, 1)))
    y = np.concatenate([left, relu(convolved(x, layer(5, 16, 32, 1, 1)))], axis=3)
    y = relu(convolved(y, layer(7, 32, 64, 1, 1)) + x)
    pooled = np.lib.stride_tricks.sliding_window_view(y, (3, 3), axis=(1, 2))[:, ::2, ::2].max(axis=(4, 5))
    assert np.abs(together - relu(convolved(pooled, layer(9, 256, 32, 2, 2)))).max() < 1e-4


def test_images_are_walked_one_by_one_only_up_to_a_step_that_writes_all_channels(kernels, tmp_path) -> None:
    plan: Any = Plan()
    x = plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1))
    y = plan.concat(plan.conv_relu(plan.image(), layer(3, 16, 3, 3, 3), stride=2), plan.max_pool(x, 3))
    plan.conv_relu(y, layer(5, 256, 32, 2, 2))
    it = net(tmp_path, kernels, plan, 256)
    images = chance(7, 3, 15, 17, 3)
    for image, found in zip(images, it(images), strict=True):
        assert np.array_equal(it(image[None])[0], found)


@pytest.mark.parametrize("side", [7, 8])
def test_a_last_window_counts_where_it_should_and_a_dense_layer_sees_channel_row_column(
    kernels, tmp_path, side: int
) -> None:
    plan = Plan()
    x = plan.max_pool(plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1)), 3, ceil=True)
    rest = -(-(side - 3) // 2) + 1
    plan.dense_prelu(
        plan.flatten(x), ((chance(2, 24, 16 * rest * rest) / 10).astype(np.float32), chance(3, 24)), chance(4, 24)
    )
    images = chance(5, 3, side, side, 3)
    y = relu(convolved(images, layer(1, 16, 3, 1, 1)))
    pooled = np.stack(
        [
            np.stack([y[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max(axis=(1, 2)) for j in range(rest)], axis=1)
            for i in range(rest)
        ],
        axis=1,
    )
    z = pooled.transpose(0, 3, 1, 2).reshape(3, -1) @ (chance(2, 24, 16 * rest * rest).T / 10) + chance(3, 24)
    found = net(tmp_path, kernels, plan, 24)(images)
    assert np.abs(found[:, 0, 0] - np.where(z > 0, z, z * chance(4, 24))).max() < 1e-4


def test_images_of_another_kind_are_refused(kernels, tmp_path) -> None:
    plan = Plan()
    plan.conv(plan.image(), layer(1, 16, 3, 1, 1))
    with pytest.raises(ValueError, match=r"takes float32 N×height×width×3, not uint8 \(1, 8, 8, 3\)"):
        net(tmp_path, kernels, plan, 16)(np.zeros((1, 8, 8, 3), np.uint8))


@settings(max_examples=60)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(0, 9),
)
def test_resizing_is_that_of_the_integral_image_to_the_bit(kernels, size, wanted, seed) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    ours, definition = KernelPhoto.prepare(kernels, image), IntegralImage(image)
    height, width = wanted
    expected = definition.resize(height, width).transpose(0, 2, 3, 1)
    assert np.array_equal(ours.resize(height, width), expected)
    some = slice(height // 3, height // 3 * 2 + 5)
    assert np.array_equal(ours.resize(height, width, some), expected[:, some])


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(1, 300), st.integers(1, 300)), max_size=9),
    st.sampled_from([24, 48]),
)
def test_crops_are_those_of_the_integral_image_to_the_bit(kernels, places, side) -> None:
    image = np.random.default_rng(1).integers(0, 256, (400, 410, 3), np.uint8)
    corners = np.array([(x, y, x + width, y + height) for x, y, width, height in places], np.intp).reshape(-1, 4)
    expected = IntegralImage(image).crops(corners, side).transpose(0, 2, 3, 1)
    assert np.array_equal(KernelPhoto.prepare(kernels, image).crops(corners, side), expected)


@pytest.mark.parametrize("wanted", [(1, 1), (2, 3), (38, 38), (40, 40), (75, 50), (600, 700)], ids=str)
def test_no_sum_of_the_brightest_pixels_is_too_large(kernels, wanted: tuple[int, int]) -> None:
    image = np.full((600, 600, 3), 255, np.uint8)
    image[..., 1] = 0
    found = KernelPhoto.prepare(kernels, image).resize(*wanted)
    assert np.abs(found[0, ..., 0::2] - 255).max() < 1e-4
    assert not found[..., 1].any()


def test_the_fourth_byte_of_a_pixel_does_not_matter(kernels) -> None:
    image = np.random.default_rng(2).integers(0, 256, (90, 120, 4), np.uint8)
    wide, narrow = KernelPhoto.prepare(kernels, image), KernelPhoto.prepare(kernels, image[..., :3])
    assert np.shares_memory(wide.pixels, image)
    corners = np.array([(0, 0, 120, 90), (7, 5, 40, 29)], np.intp)
    assert np.array_equal(wide.resize(31, 41), narrow.resize(31, 41))
    assert np.array_equal(wide.crops(corners, 24), narrow.crops(corners, 24))


def test_scratch_memory_shrinks_after_a_large_photo(models_dir: Path, kernels: Kernels) -> None:
    """A photo 65,535 pixels wide left 300 MB with every environment that had seen one."""
    pnet = KernelNet.load(models_dir, "pnet", kernels)

    def look_at(width: int) -> int:
        pnet(np.zeros((1, 74, width, 3), np.float32))
        return int(pnet._scratch.memory.nbytes)

    usual = look_at(2_304)  # a strip of a photo of 3,840 pixels
    assert look_at(384) == usual, "what usual photos need is kept: new memory costs time"
    assert look_at(19_661) > 100_000_000
    assert look_at(384) < 10_000_000


@settings(max_examples=60)
@given(st.integers(0, 200), st.sampled_from([0.125, 0.3, 0.5, 0.7]), st.sampled_from([0, 1, 5]), st.integers(0, 99))
def test_suppression_keeps_the_same_boxes_in_the_same_order(kernels, count, threshold, several, seed) -> None:
    random = np.random.default_rng(seed)
    corner, size = random.integers(0, 60, (count, 2)), random.integers(0, 30, (count, 2))
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    scores = random.integers(0, 50, count).astype(np.float32)
    groups = random.integers(0, several, count).astype(np.float32) if several else None
    with np.errstate(invalid="ignore"):  # boxes without an area
        expected = geometry.suppress(boxes, scores, threshold, groups)
    assert np.array_equal(suppress(kernels, boxes, scores, threshold, groups), expected)


def test_several_faces_are_shared_out_among_threads_and_stay_in_order(models_dir: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (13, 160, 160, 3), np.uint8)
    one, three = (load_embedder(models_dir, threads=threads) for threads in (1, 3))
    for count in (0, 1, 2, 4, 13):
        assert np.array_equal(one.embed(crops[:count]), three.embed(crops[:count]))


@pytest.mark.parametrize(
    ("flags", "best"),
    [
        ("fpu sse2 avx2 fma bmi1 bmi2 f16c movbe avx512f avx512bw avx512cd avx512dq avx512vl", "kernels-x86-64-v4.so"),
        ("fpu sse2 avx2 fma bmi1 bmi2 f16c movbe avx512f", "kernels-x86-64-v3.so"),
        ("fpu sse2 avx", "kernels-x86-64.so"),
    ],
)
def test_the_best_library_that_the_processor_can_run_is_taken(tmp_path: Path, flags: str, best: str) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n")
    assert suitable(tmp_path / "cpuinfo", "x86_64")[0] == best
    assert suitable(tmp_path / "absent", "aarch64") == ["kernels-aarch64.so"]


def test_a_machine_without_kernels_is_told_so(models_dir: Path) -> None:
    assert suitable(machine="riscv64") == []
    with pytest.raises(ModelError, match=r"no kernels for this machine .*: run `facepipe models`"):
        load_kernels(models_dir, [])


def simple_net(folder: Path, kernels: Kernels) -> KernelNet:
    plan = Plan()
    plan.conv(plan.image(), layer(1, 16, 3, 1, 1))
    return net(folder, kernels, plan, 16)


@pytest.mark.parametrize(("name", "number"), [("step_version", 99), ("step_bytes", 96)])
def test_steps_of_another_layout_are_refused_with_both_layouts_and_the_cure(
    kernels, tmp_path, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    monkeypatch.setattr(kernels, name, lambda: number)
    with pytest.raises(ModelError, match=rf"it\.plan has steps of version \d+, .* {number}\b.*: run `facepipe models`"):
        simple_net(tmp_path, kernels)


def test_a_plan_and_kernels_of_before_there_were_versions_are_refused(models_dir, kernels, tmp_path) -> None:
    (tmp_path / "it.plan").write_bytes(b'{"channels": 3, "outputs": 16, "steps": [' + b"{}, " * 4000 + b"{}]}\n")
    manifest = {"model_id": "x", "weights": {"sha256": ""}, "thresholds": []}
    library = Path(shutil.copy(_ctypes.__file__, tmp_path / suitable()[0]))  # a library, and not ours
    manifest["files"] = {
        file.name: {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()} for file in (tmp_path / "it.plan", library)
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"it\.plan was written by another version of facepipe: run `facepipe models`"):
        KernelNet.load(tmp_path, "it", kernels)
    with pytest.raises(
        ModelError, match=r"is of another version of facepipe \(.*step_version.*\): run `facepipe models`"
    ):
        load_kernels(tmp_path)


def test_a_value_is_read_with_one_padding_alone() -> None:
    plan = Plan()
    x = plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1))
    plan.conv_relu(x, layer(1, 16, 16, 3, 3), padding=(1, 1))
    with pytest.raises(ValueError, match="one border"):
        plan.max_pool(x, 3)


def test_values_that_are_needed_at_once_never_share_a_plane() -> None:
    plan = Plan()
    x = plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1))
    y = x
    for _ in range(20):
        y = plan.conv_relu(y, layer(1, 16, 16, 1, 1))
    assert isinstance(plan.residual(x, y, layer(1, 16, 16, 1, 1), relu=False), Value)
    steps = list(plan.numbered_steps())
    kept = steps[0]["target"]
    assert kept not in {step["target"] for step in steps[1:-1]}
    assert steps[-1]["residual"] == kept
    assert len({step["target"] for step in steps}) <= 4


def test_a_sum_replaces_what_it_adds_where_nothing_else_needs_that() -> None:
    plan = Plan()
    x = plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1))
    y = plan.residual(x, plan.conv_relu(x, layer(2, 16, 16, 1, 1)), layer(3, 16, 16, 1, 1), relu=True)
    z = plan.residual(y, plan.conv_relu(y, layer(4, 16, 16, 1, 1)), layer(5, 16, 16, 1, 1), relu=True)
    plan.max_pool(plan.concat(plan.conv(y, layer(6, 16, 16, 1, 1)), plan.conv(z, layer(7, 16, 16, 1, 1))), 3)
    steps = list(plan.numbered_steps())
    assert steps[2]["target"] == steps[2]["residual"] == steps[0]["target"]
    assert steps[4]["residual"] == steps[2]["target"] != steps[4]["target"]


def test_a_sum_never_replaces_what_it_is_made_of_or_what_has_another_border() -> None:
    plan = Plan()
    x = plan.conv_relu(plan.image(), layer(1, 16, 3, 1, 1))
    y = plan.residual(x, x, layer(2, 16, 16, 1, 1), relu=True)
    z = plan.residual(y, plan.conv_relu(y, layer(3, 16, 16, 1, 1)), layer(4, 16, 16, 1, 1), relu=True)
    plan.conv_relu(z, layer(5, 16, 16, 3, 3), padding=(1, 1))
    steps = list(plan.numbered_steps())
    assert steps[1]["target"] != steps[1]["residual"]
    assert steps[3]["target"] != steps[3]["residual"]
