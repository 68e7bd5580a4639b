"""The stages of both functions, and which functions of the application each is made of."""

from collections.abc import Mapping, Sequence

from facepipe.bench.stage_clock import StagePlace

NETS = "nets"
REST = "rest"  #: what no stage accounts for: the handler's own lines
RUNTIME = "runtime: JSON of event and answer"

_RUNTIME = [
    StagePlace(RUNTIME, "awslambdaric.lambda_runtime_marshaller", f"LambdaMarshaller.{name}")
    for name in ("unmarshal_request", "marshal_response")
]
DETECTION: Sequence[StagePlace] = (
    *_RUNTIME,
    StagePlace("request: JSON and base64", "services.face_detection.handler", "_body"),
    StagePlace("request: JSON and base64", "services.contract", "DetectionRequest.from_json"),
    StagePlace("photo: decode", "services.face_detection.handler", "decode"),
    StagePlace("photo: pixels for the cascade", "services.face_detection.handler", "find"),
    StagePlace("cascade: photo for the kernels", "services.face_detection.kernel_detector", "KernelPhoto.prepare"),
    StagePlace("cascade: pyramid", "services.face_detection.kernel_detector", "KernelPhoto.resize"),
    StagePlace("cascade: crops for the nets", "services.face_detection.kernel_detector", "KernelPhoto.crops"),
    StagePlace("cascade: suppression", "services.face_detection.kernel_detector", "suppress"),
    StagePlace("cascade: the rest", "services.face_detection.detector", "MtcnnDetector.detect"),
    StagePlace(NETS, "services.nets.kernel_net", "KernelNet.__call__"),
    StagePlace("faces: cut out", "services.face_detection.handler", "crop"),
    StagePlace("faces: PNG", "services.face_detection.png", "PngWriter.__call__"),
    StagePlace("message: JSON and base64", "services.face_detection.handler", "pack"),
    StagePlace("message: send", "services.outbox", "Outbox.send"),
    StagePlace("log", "services.face_detection.handler", "log"),
)
RECOGNITION: Sequence[StagePlace] = (
    *_RUNTIME,
    StagePlace("message: JSON and base64", "services.contract", "FacesFound.from_json"),
    StagePlace("faces: decode", "services.face_recognition.handler", "_read"),
    StagePlace(NETS, "services.face_recognition.kernel_embedder", "KernelEmbedder.embed"),
    StagePlace("gallery: is it new", "services.face_recognition.gallery_source", "GallerySource.current"),
    StagePlace("gallery: match", "services.face_recognition.matching", "FaceIndex.match"),
    StagePlace("result: send", "services.outbox", "Outbox.send_all"),
    StagePlace("log", "services.face_recognition.handler", "log"),
)
#: by function (handler_process.py)
STAGES: Mapping[str, Sequence[StagePlace]] = {"face-detection": DETECTION, "face-recognition": RECOGNITION}


def beyond_nets(stages_ms: Mapping[str, float]) -> float:
    """Return the time of all stages but the nets."""
    return sum(used for stage, used in stages_ms.items() if stage != NETS)
