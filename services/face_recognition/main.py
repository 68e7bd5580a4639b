"""What Lambda imports: builds face-recognition once, in the init phase, so that no batch pays for it."""

import os

from services.face_recognition.gallery import GalleryError, Model
from services.face_recognition.gallery_source import GallerySource, open_store
from services.face_recognition.handler import FaceRecognition
from services.face_recognition.kernel_embedder import load_embedder
from services.face_recognition.settings import read_settings
from services.face_recognition.thresholds import warn_of_guess
from services.freed_memory import keep_freed_memory
from services.logs import log
from services.nets.model_files import read_manifest
from services.outbox import connect

keep_freed_memory()
_settings = read_settings(os.environ)
_manifest = read_manifest(_settings.models_dir)
_gallery = GallerySource(open_store(_settings.gallery), Model(_manifest.model_id, _manifest.weights_sha256))

handler = FaceRecognition(
    embedder=load_embedder(_settings.models_dir),
    gallery=_gallery,
    outbox=connect(_settings.response_queue_url),
    model_id=_manifest.model_id,
    threshold=_settings.threshold,
)

try:
    warn_of_guess(_manifest.threshold(_gallery.current().gallery.margin_px), own=_settings.threshold)
except GalleryError as error:  # not the end: the batches fail until the gallery is mended, and say so
    log("no gallery", "", error=str(error))
