"""What Lambda imports: builds face-detection once, in the init phase, so that no request pays for it."""

import os

from services.face_detection.handler import FaceDetection
from services.face_detection.kernel_detector import load_detector
from services.face_detection.png import PngWriter
from services.face_detection.settings import read_settings
from services.freed_memory import keep_freed_memory
from services.nets.kernel_library import load_kernels
from services.outbox import connect

keep_freed_memory()
_settings = read_settings(os.environ)

handler = FaceDetection(
    detector=load_detector(_settings.models_dir),
    png=PngWriter(load_kernels(_settings.models_dir)),
    outbox=connect(_settings.request_queue_url),
    minimum_confidence=_settings.minimum_confidence,
    maximum_pixels=_settings.maximum_pixels,
    margin_px=_settings.margin_px,
    second_look=_settings.second_look,
)
