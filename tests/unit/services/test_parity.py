"""Ours against the original facenet-pytorch: golden outputs that it made (scripts/goldens), and its published figures."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facepipe.bench.oracles import onnx_nets
from services.face_detection import kernel_detector
from services.face_detection.crops import crop
from services.face_detection.detector import Detector
from services.face_recognition import kernel_embedder
from services.face_recognition.embedder import Embedder
from services.nets.model_files import read_manifest
from tests.golden.frames import frames

pytestmark = pytest.mark.models

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
MTCNN = json.loads((GOLDEN / "mtcnn.json").read_text())["frames"]

#: facenet-pytorch's tests/actions_test.py, casia-webface: distances between its five test images, in this order
PEOPLE = ("angelina_jolie", "bradley_cooper", "kate_siegel", "paul_rudd", "shea_whigham")
CASIA_DISTANCES = [
    [0.000000, 1.430769, 0.992931, 1.414197, 1.329544],
    [1.430769, 0.000000, 1.253911, 1.144899, 1.079755],
    [0.992931, 1.253911, 0.000000, 1.358875, 1.337322],
    [1.414197, 1.144899, 1.358875, 0.000000, 1.204118],
    [1.329544, 1.079755, 1.337322, 1.204118, 0.000000],
]


@pytest.fixture(scope="module")
def images(samples: Path) -> dict[str, Image.Image]:
    return dict(frames(samples))


@pytest.fixture(scope="module", params=["kernels", "onnxruntime"])
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def detector(models_dir: Path, backend: str, request: pytest.FixtureRequest) -> Detector:
    if backend == "onnxruntime":
        return onnx_nets.load_detector(request.getfixturevalue("onnx_graphs"), threads=1)
    return kernel_detector.load_detector(models_dir, threads=1)


@pytest.fixture(scope="module")
def embedder(models_dir: Path, backend: str, request: pytest.FixtureRequest) -> Embedder:
    if backend == "onnxruntime":
        return onnx_nets.load_embedder(request.getfixturevalue("onnx_graphs"), threads=2)
    return kernel_embedder.load_embedder(models_dir, threads=2)


@pytest.mark.parametrize("name", MTCNN)
def test_detection_is_the_originals(detector: Detector, images: dict[str, Image.Image], name: str) -> None:
    expected, found = MTCNN[name], detector.detect(np.asarray(images[name]))
    assert len(found) == len(expected["boxes"])
    if len(found):
        assert np.abs(found.boxes - expected["boxes"]).max() < 1
        assert np.abs(found.confidences - expected["confidences"]).max() < 1e-3
        assert np.abs(found.landmarks - expected["landmarks"]).max() < 1


def test_the_goldens_have_several_faces_and_none() -> None:
    counts = {name: len(frame["boxes"]) for name, frame in MTCNN.items()}
    assert max(counts.values()) >= 5
    assert 0 in counts.values()


@pytest.mark.parametrize("margin", ["0", "32"])
def test_embeddings_are_the_originals(
    embedder: Embedder, images: dict[str, Image.Image], models_dir: Path, margin: str
) -> None:
    """As `InceptionResnetV1(MTCNN(margin=…)(frame))`, with the original's boxes."""
    manifest = read_manifest(models_dir)
    path = GOLDEN / f"{manifest.model_id}.json"
    if not path.exists():
        pytest.skip(f"no goldens for {manifest.model_id} yet: run scripts/goldens")
    golden = json.loads(path.read_text())
    assert golden["weights_sha256"] == manifest.weights_sha256
    for name, image in images.items():
        boxes = np.array(MTCNN[name]["boxes"], np.float32).reshape(-1, 4)
        if len(boxes):
            crops = [np.asarray(crop(image, box, margin_px=int(margin))) for box in boxes]
            theirs = np.array(golden["embeddings"][name][margin])
            assert np.linalg.norm(embedder.embed(np.stack(crops)) - theirs, axis=1).max() < 1e-3, name


def test_embeddings_have_length_one_and_do_not_depend_on_the_batch(embedder: Embedder) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (3, 160, 160, 3), np.uint8)
    together = embedder.embed(crops)
    assert together.shape == (3, 512)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together[1], embedder.embed(crops[1:2])[0], atol=1e-5)
    assert embedder.embed(crops[:0]).shape == (0, 512)


def test_the_published_distances_of_casia_webface(embedder: Embedder, models_dir: Path) -> None:
    """Needs facenet-pytorch's `data/test_images_aligned`, which no package carries."""
    folder = Path(os.environ.get("FACENET_TEST_IMAGES", "absent"))
    if not folder.is_dir():
        pytest.skip("set FACENET_TEST_IMAGES to facenet-pytorch's data/test_images_aligned, which no package carries")
    if read_manifest(models_dir).model_id != "casia-webface":
        pytest.skip("the table is casia-webface's")
    crops = np.stack([np.asarray(Image.open(folder / name / "1.png").convert("RGB")) for name in PEOPLE])
    embeddings = embedder.embed(crops)
    distances = np.linalg.norm(embeddings[:, None] - embeddings[None], axis=2)
    assert np.abs(distances - CASIA_DISTANCES).max() < 0.0049
