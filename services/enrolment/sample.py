"""The gallery of one sample portrait, which lies beside the models: what runs as it is knows one person."""

from pathlib import Path

from services.enrolment.faces import FaceReader
from services.enrolment.gallery_file import read_file, save
from services.face_detection.crops import MARGIN_PX
from services.face_recognition.gallery import Gallery, GalleryError, Model, check_name
from services.face_recognition.settings import SAMPLE_GALLERY
from services.nets.model_files import read_manifest


def make_sample_gallery(models: Path, portrait: Path, name: str) -> None:
    """Put a gallery of one person beside the models, made with them, unless one that fits is there."""
    target, manifest = models / SAMPLE_GALLERY, read_manifest(models)
    model, usual = Model(manifest.model_id, manifest.weights_sha256), manifest.threshold(MARGIN_PX)
    try:
        present = read_file(target, model)
        fits = (present.margin_px, present.threshold) == (usual.margin_px, usual.distance)
    except GalleryError:
        fits = False
    if not fits:
        (faces,) = FaceReader.load(models).read(portrait, (MARGIN_PX,))
        save(Gallery((check_name(name),), faces[:1], model, usual.distance, MARGIN_PX), target, replace=True)
        target.chmod(0o644)  # nobody's secret, and part of an image that runs as any user
