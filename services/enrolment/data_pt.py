"""A `data.pt` as facenet-pytorch's tutorials save it, `[list of embeddings, list of names]`, becomes rows of a gallery.

Embeddings are all of length 1, whatever was fed to the network, so their length does not tell whether the network got
what it was trained for: faces of 160×160 pixels, scaled to -1…1. How far different people lie apart does. Measured with
facenet-pytorch and casia-webface on the faces of 28 people (medians; the last column: photos that find their person
in such a gallery, when they themselves are embedded properly):

    160 px, margin 0 or 32, scaled to -1…1   1.39 to 1.41   95 to 98 %
    160 px, scaled to 0…1                    1.36           93 to 97 %
    240 px, margin 32                        1.09           62 to 68 %
    240 px, margin 0                         0.95           42 to 48 %
    240 px, margin 0, scaled to 0…1          0.88           27 to 28 %
    160 px, not scaled                       0.11            3 %
"""

from pathlib import Path

import numpy as np

from services.enrolment.people_folder import EnrolError
from services.face_recognition.embedder import WIDTH, Embeddings
from services.face_recognition.gallery import GalleryError, check_name
from services.nets.building.checkpoint import CheckpointError, read_checkpoint

TUTORIAL_MARGIN_PX = 0  #: facenet-pytorch's tutorials, which save data.pt, leave MTCNN's margin at its default
APART = 1.2  #: the median distance between different people's faces is above this if the network got proper faces
SAMPLE = 2_000  #: rows that are compared: more say nothing new


def read_data_pt(path: Path) -> tuple[tuple[str, ...], Embeddings]:
    """Return names and embeddings of length 1; `EnrolError` for any other file, or embeddings unlike this pipeline's.

    The file does not say which network made it: the caller must know.
    """
    try:
        content = read_checkpoint(path)
        embeddings, names = content
        rows = np.stack([np.asarray(row, np.float32).reshape(WIDTH) for row in embeddings])
        checked = tuple(check_name(str(name)) for name in names)
    except OSError as error:
        raise EnrolError(f"{path}: {error.strerror}") from error
    except (CheckpointError, GalleryError) as error:
        raise EnrolError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise EnrolError(f"{path} is not [embeddings, names] with {WIDTH} numbers an embedding ({error})") from error
    if len(rows) != len(checked):
        raise EnrolError(f"{path} holds {len(rows)} embeddings and {len(checked)} names")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EnrolError(f"{path} holds an embedding that is zero or not finite")
    unit: Embeddings = (rows / lengths).astype(np.float32)
    _check_apart(path, checked, unit)
    return checked, unit


def _check_apart(path: Path, names: tuple[str, ...], embeddings: Embeddings) -> None:
    distance = apart(names, embeddings)
    if distance is not None and distance < APART:
        raise EnrolError(
            f"{path} was not made as this pipeline makes embeddings: its different people lie only {distance:.2f} apart"
            " (median), and 1.4 is usual. Its faces were probably cut out larger (MTCNN(image_size=240)) or scaled"
            " otherwise, and most of them would not be recognised. Enrol the photos themselves: facepipe enrol PEOPLE"
        )


def apart(names: tuple[str, ...], embeddings: Embeddings) -> float | None:
    """Return the median distance between embeddings of different people; None where all are one person's."""
    step = max(1, len(names) // SAMPLE)
    some, rows = np.array(names[::step]), embeddings[::step]
    others = np.triu(some[:, None] != some[None], 1)
    if not others.any():
        return None
    return float(np.median(np.sqrt(np.maximum(2 - 2 * (rows @ rows.T)[others], 0))))
