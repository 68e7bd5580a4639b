"""face-detection: a Function URL's event in, an HTTP answer out, and one message on the request queue."""

import base64
import binascii
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from services.contract import ContractError, DetectionRequest, FacesFound, FoundFace
from services.face_detection.crops import crop
from services.face_detection.detector import Detector
from services.face_detection.message import Encoder, FacesTooLargeError, pack
from services.face_detection.photo import PhotoError, PhotoTooLargeError, decode
from services.face_detection.second_look import BRIGHTNESS, Sighting, find
from services.logs import log
from services.outbox import Message, Sender

Event = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FaceDetection:
    """The function's parts; calling it handles one event.

    An outbox that does not take the message raises: the caller gets a 502 and tries again, and nothing was published.
    The same request twice gives the same message twice.
    """

    detector: Detector
    png: Encoder
    outbox: Sender
    minimum_confidence: float
    maximum_pixels: int
    margin_px: int
    second_look: str = BRIGHTNESS  #: at a photo in which nobody was found
    clock: Callable[[], float] = time.time

    def __call__(self, event: Event, _context: object) -> Answer:
        """Handle one event in payload format 2.0 (FU-01)."""
        method = event.get("requestContext", {}).get("http", {}).get("method", "POST")
        if method != "POST":
            answer = _answer(405, {"error": f"{method} is not understood here; POST a photo"})
            return {**answer, "headers": {**answer["headers"], "allow": "POST"}}
        try:
            request = DetectionRequest.from_json(_body(event))
        except ContractError as error:
            return _refuse(400, error, error.request_id)
        try:
            return self._detect(request, event.get("requestContext", {}).get("timeEpoch"), _trace_header(event))
        except PhotoTooLargeError as error:
            return _refuse(413, error, request.request_id)
        except PhotoError as error:
            return _refuse(400, error, request.request_id)
        except FacesTooLargeError as error:
            return _refuse(422, error, request.request_id, faces=error.faces)

    def _detect(self, request: DetectionRequest, accepted_ms: object, trace_header: str) -> Answer:
        started = self.clock()
        # First, so that the log names the request of a call that never ends.
        log("received", request.request_id, bytes=len(request.content), trace_id=trace_header)
        photo = decode(request.content, maximum_pixels=self.maximum_pixels)
        sighting = find(self.detector, photo, minimum_confidence=self.minimum_confidence, second_look=self.second_look)
        faces, crops = self._faces(sighting)
        body = pack(FacesFound(request.request_id, request.filename, faces, self.margin_px), crops, self.png)
        finished = self.clock()
        attributes: dict[str, str | float] = {
            "detection_ms": round((finished - started) * 1000, 1),
            "published_ms": round(finished * 1000),
        }
        if isinstance(accepted_ms, int):
            attributes["accepted_ms"] = accepted_ms
        self.outbox.send(Message(body, attributes, trace_header))
        log(
            "detected",
            request.request_id,
            faces=len(faces),
            photo=f"{photo.width}x{photo.height}",
            **({"second_look": sighting.view.change} if sighting.view.change else {}),
            detection_ms=attributes["detection_ms"],
            publish_ms=round((self.clock() - finished) * 1000, 1),
            trace_id=trace_header,
        )
        return _answer(200, {"request_id": request.request_id, "faces": len(faces)})

    def _faces(self, sighting: Sighting) -> tuple[tuple[FoundFace, ...], list[Image.Image]]:
        """Return the faces and their crops."""
        faces = []
        for box, confidence in zip(sighting.boxes_in_photo, sighting.confidences, strict=True):
            x1, y1, x2, y2 = (float(value) for value in box)
            faces.append(FoundFace((x1, y1, x2, y2), confidence, b""))
        crops = [crop(sighting.view.image, box, margin_px=self.margin_px) for box in sighting.boxes]
        return tuple(faces), crops


def _trace_header(event: Event) -> str:
    """Return the request's X-Ray trace header: the runtime's where it has one, else the one that came in with it."""
    return os.environ.get("_X_AMZN_TRACE_ID") or str(event.get("headers", {}).get("x-amzn-trace-id", ""))


def _body(event: Event) -> str | bytes:
    """Return the body, which Lambda passes as text or as base64 (FU-08, FU-10)."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise ContractError("", "the body is no JSON in UTF-8; send an object with content and request_id") from error


def _refuse(status: int, error: Exception, request_id: str | None, **fields: object) -> Answer:
    log("refused", request_id or "", level="WARNING", status=status, error=str(error))
    named = {"request_id": request_id} if request_id else {}
    return _answer(status, {"error": str(error), **named, **fields})


def _answer(status: int, content: Mapping[str, object]) -> Answer:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": body}
