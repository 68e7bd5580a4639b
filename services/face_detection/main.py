"""What Lambda imports: builds face-detection once, in the init phase, so that no request pays for it."""

import os

from services.face_detection.detector import MtcnnDetector
from services.face_detection.handler import FaceDetection
from services.face_detection.settings import read_settings
from services.models import available_cpus, load_net
from services.outbox import connect

_settings = read_settings(os.environ)
_threads = available_cpus()

handler = FaceDetection(
    detector=MtcnnDetector(
        pnet=load_net(_settings.models_dir, "pnet", threads=_threads),
        rnet=load_net(_settings.models_dir, "rnet", threads=_threads),
        onet=load_net(_settings.models_dir, "onet", threads=_threads),
    ),
    outbox=connect(_settings.request_queue_url),
    minimum_confidence=_settings.minimum_confidence,
    maximum_pixels=_settings.maximum_pixels,
)
