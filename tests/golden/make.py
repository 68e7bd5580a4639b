"""Writes the golden outputs with the original facenet-pytorch: `scripts/goldens` runs this in an environment with torch.

    python -m tests.golden.make [PHOTOS…]

Writes tests/golden/mtcnn.json and tests/golden/<model id>.json. With photos named, prints how far ours is from the
original on them instead, and writes nothing.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from facepipe.bench.torchvision_stand_in import install
from services.nets.building.checkpoint import read_tensors
from tests.golden.frames import frames
from tests.golden.random_weights import random_crop, random_state

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent


install()

from facenet_pytorch import MTCNN, InceptionResnetV1  # noqa: E402
from facenet_pytorch.models.mtcnn import fixed_image_standardization  # noqa: E402
from facenet_pytorch.models.utils import detect_face  # noqa: E402

MARGINS = (0, 32)


def original_embedder(manifest: dict) -> InceptionResnetV1:
    """Return the original network with the weights that the manifest names."""
    network = InceptionResnetV1(pretrained=None).eval()
    downloads = ROOT / "var/downloads"
    if manifest["model_id"] == "vggface2":
        state = {k: torch.from_numpy(np.array(v)) for k, v in read_tensors(downloads / "vggface2.pt").items()}
        network.load_state_dict({k: v for k, v in state.items() if not k.startswith("logits")})
    else:
        from services.nets.building.frozen_graph import read_constants

        load_frozen(network, read_constants(downloads / "casia-webface.pb"))
    return network


def load_frozen(network: InceptionResnetV1, constants: dict) -> None:
    """Load the TensorFlow graph's constants: its folded batch norms become offsets, with the original's own batch
    norms set to do nothing else. Layers are matched by their order, which is the same in both."""
    eps = 1e-3
    left = dict(constants)
    last = "InceptionResnetV1/Bottleneck"
    with torch.no_grad():
        network.last_linear.weight.copy_(torch.from_numpy(left.pop(f"{last}/weights").T.copy()))
        network.last_bn.weight.fill_(1)
        network.last_bn.bias.copy_(torch.from_numpy(left.pop(f"{last}/BatchNorm/beta").copy()))
        network.last_bn.running_mean.copy_(torch.from_numpy(left.pop(f"{last}/BatchNorm/moving_mean").copy()))
        network.last_bn.running_var.copy_(torch.from_numpy(left.pop(f"{last}/BatchNorm/moving_variance").copy()))
        convolutions = iter([n for n in left if n.endswith("/weights")])
        for module in network.modules():
            if type(module).__name__ == "BasicConv2d":
                name = next(convolutions)
                module.conv.weight.copy_(torch.from_numpy(left.pop(name).transpose(3, 2, 0, 1).copy()))
                offset = left.pop(name.removesuffix("weights") + "Conv2D_bn_offset")
                module.bn.weight.fill_(1)
                module.bn.bias.copy_(torch.from_numpy(offset.copy()))
                module.bn.running_mean.zero_()
                module.bn.running_var.fill_(1 - eps)
            elif isinstance(module, torch.nn.Conv2d) and module.bias is not None:
                name = next(convolutions)
                module.weight.copy_(torch.from_numpy(left.pop(name).transpose(3, 2, 0, 1).copy()))
                module.bias.copy_(torch.from_numpy(left.pop(name.removesuffix("weights") + "biases").copy()))
    assert not left, f"not used: {list(left)[:3]}"


@torch.no_grad()
def original(embedder: InceptionResnetV1, image: Image.Image) -> dict:
    """Return what the original makes of one frame; crops and embeddings by margin."""
    boxes, confidences, landmarks = MTCNN(keep_all=True).detect(image, landmarks=True)
    found: dict[str, Any] = {"boxes": [], "confidences": [], "landmarks": [], "crops": {}, "embeddings": {}}
    for margin in MARGINS if boxes is not None else ():
        crops, found["crops"][margin] = cut(MTCNN(keep_all=True, margin=margin), image)
        found["embeddings"][margin] = embedder(crops).numpy().astype(np.float64).round(6).tolist()
    if boxes is not None:
        found["boxes"] = np.asarray(boxes, np.float64).round(4).tolist()
        found["confidences"] = np.asarray(confidences, np.float64).round(7).tolist()
        found["landmarks"] = np.asarray(landmarks, np.float64).round(4).tolist()
    return found


def cut(mtcnn: MTCNN, image: Image.Image) -> tuple[torch.Tensor, list[list[int]]]:
    """Return the faces that the original cuts out, and the pixels of the photo that it took for each."""
    corners: list[list[int]] = []
    crop_resize = detect_face.crop_resize

    def note(photo: Image.Image, box: list[int], side: int) -> Image.Image:
        corners.append([int(value) for value in box])
        return crop_resize(photo, box, side)

    detect_face.crop_resize = note
    try:
        return mtcnn(image), corners
    finally:
        detect_face.crop_resize = crop_resize


@torch.no_grad()
def of_random_weights() -> list[float]:
    """Return the original's embedding of noise with the random checkpoint that stands in for vggface2's in tests."""
    network = InceptionResnetV1(pretrained=None).eval()
    state = {name: torch.from_numpy(np.array(value)) for name, value in random_state().items()}
    network.load_state_dict({name: value for name, value in state.items() if not name.startswith("logits")})
    crop = torch.from_numpy(random_crop().astype(np.float32)).permute(2, 0, 1)
    return network(fixed_image_standardization(crop)[None])[0].numpy().astype(np.float64).round(7).tolist()


def compare(results: dict[str, dict], images: dict[str, Image.Image]) -> None:
    """Print the largest differences between ours and the original over all frames."""
    from services.face_detection.crops import crop
    from services.face_detection.kernel_detector import load_detector
    from services.face_recognition.kernel_embedder import load_embedder

    models = ROOT / "var/models"
    ours, embedder = load_detector(models), load_embedder(models)
    worst: dict[str, float] = {}
    faces = mismatches = 0
    for name, image in images.items():
        theirs, found = results[name], ours.detect(np.asarray(image))
        faces += len(theirs["boxes"])
        if len(found) != len(theirs["boxes"]):
            mismatches += 1
            print(f"{name}: {len(found)} faces, the original finds {len(theirs['boxes'])}")
            continue
        if not len(found):
            continue
        differences = {
            "box px": np.abs(found.boxes - theirs["boxes"]).max(),
            "probability": np.abs(found.confidences - theirs["confidences"]).max(),
            "landmark px": np.abs(found.landmarks - theirs["landmarks"]).max(),
        }
        for margin in MARGINS:
            crops = [np.asarray(crop(image, box, margin_px=margin)) for box in np.asarray(theirs["boxes"], np.float32)]
            difference = embedder.embed(np.stack(crops)) - np.array(theirs["embeddings"][margin])
            differences[f"embedding, margin {margin}"] = np.linalg.norm(difference, axis=1).max()
        worst = {key: max(value, worst.get(key, 0.0)) for key, value in differences.items()}
    print(f"{len(images)} frames, {faces} faces, {mismatches} with another number of faces")
    print("largest differences:", ", ".join(f"{key} {value:.2g}" for key, value in worst.items()))


def main(photos: list[str]) -> None:
    manifest = json.loads((ROOT / "var/models/manifest.json").read_text())
    embedder = original_embedder(manifest)
    images = {p: Image.open(p).convert("RGB") for p in photos} or dict(frames(ROOT / "var/samples"))
    results = {name: original(embedder, image) for name, image in images.items()}
    compare(results, images)
    if photos:
        return
    embeddings = {name: result.pop("embeddings") for name, result in results.items()}
    made_by = {"facenet-pytorch": "2.6.0", "torch": torch.__version__, "made with": "scripts/goldens"}
    write("random-weights", {**made_by, "embedding": of_random_weights()})
    write("mtcnn", {**made_by, "frames": results})
    write(manifest["model_id"], {**made_by, "weights_sha256": manifest["weights"]["sha256"], "embeddings": embeddings})


def write(name: str, content: dict) -> None:
    path = GOLDEN / f"{name}.json"
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
