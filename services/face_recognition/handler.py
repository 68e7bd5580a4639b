"""face-recognition: a batch of SQS messages in, results on the response queue, and the messages that failed out."""

import io
import json
import struct
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from services.contract import CROP_SIDE_PX, ContractError, FacesFound, RecognitionResult
from services.face_recognition.embedder import Crops, Embedder
from services.face_recognition.gallery import GalleryError
from services.face_recognition.margins import MarginCheck
from services.face_recognition.matching import FaceIndex, Match
from services.logs import log
from services.outbox import BatchSender, Message

Event = Mapping[str, Any]
Record = Mapping[str, Any]

CROP_SIZE = (CROP_SIDE_PX, CROP_SIDE_PX)
FACES_ATTRIBUTE_BYTES = 65_536  #: details of more faces are cut off: the result itself has all names
#: what Pillow raises over a damaged file
DAMAGED = (OSError, ValueError, SyntaxError, struct.error, EOFError, IndexError, TypeError, KeyError)
CARRIED = ("accepted_ms", "detection_ms", "published_ms")  #: attributes that travel on from the request queue
LARGEST = 1e15  #: of their values; SQS takes no infinity


class _ImageError(Exception):
    """A face's image cannot be used; the message says what it is instead."""


class CurrentGallery(Protocol):
    """Where the gallery comes from."""

    def current(self) -> FaceIndex:
        """Return the gallery as it is now, ready to be searched; `GalleryError` names the cure."""
        ...


@dataclass(frozen=True, slots=True)
class _Request:
    """A message that could be read."""

    record: Record
    found: FacesFound
    crops: Crops


@dataclass(frozen=True, slots=True)
class FaceRecognition:
    """The function's parts; calling it handles one batch.

    A message that cannot be read or answered fails alone (ES-24). Without a usable gallery the whole batch fails: it
    comes back, and succeeds once there is one. The same message twice gives the same result twice.
    """

    embedder: Embedder
    gallery: CurrentGallery
    outbox: BatchSender
    model_id: str
    threshold: float | None = None
    clock: Callable[[], float] = time.time
    margins: MarginCheck = field(default_factory=MarginCheck)

    def __call__(self, event: Event, _context: object) -> dict[str, list[dict[str, str]]]:
        """Handle one SQS event (ES-01) and say which of its messages failed."""
        started = self.clock()
        try:
            index = self.gallery.current()
        except GalleryError as error:
            log("no gallery", "", level="ERROR", error=str(error), messages=len(event["Records"]))
            raise
        failed, requests = [], []
        for record in event["Records"]:
            try:
                requests.append(_read(record))
            except ContractError as error:
                log(
                    "unreadable message",
                    error.request_id or "",
                    level="ERROR",
                    error=str(error),
                    **_origin(record),
                )
                failed.append(record["messageId"])
        for request in requests:  # first, so that the log names the request of a call that never ends
            log("received", request.found.request_id, faces=len(request.crops), **_origin(request.record))
            self.margins.check(request.found, index.gallery)
        failed += self._answer(requests, self._match(requests, index), started)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _match(self, requests: Sequence[_Request], index: FaceIndex) -> list[list[Match]]:
        """Embed and match all faces of the batch at once, and return each request's matches."""
        if not requests:
            return []
        crops = [request.crops for request in requests]
        matches = iter(index.match(self.embedder.embed(np.concatenate(crops)), self.threshold))
        return [[next(matches) for _ in request.crops] for request in requests]

    def _answer(self, requests: Sequence[_Request], matches: Sequence[Sequence[Match]], started: float) -> list[str]:
        """Send all results of the batch at once; return the ids of the messages whose result was not accepted."""
        finished = self.clock()
        times: dict[str, Any] = {"recognition_ms": round((finished - started) * 1000, 1)}
        common = {"received_ms": round(started * 1000), **times, "model": self.model_id}
        answered = list(zip(requests, matches, strict=True))
        problems = self.outbox.send_all([_result(request, found, common) for request, found in answered])
        times["publish_ms"] = round((self.clock() - finished) * 1000, 1)
        failed = []
        for (request, found), problem in zip(answered, problems, strict=True):
            request_id, origin = request.found.request_id, _origin(request.record)
            if problem:
                log("not answered", request_id, level="ERROR", error=problem, **origin)
                failed.append(request.record["messageId"])
                continue
            distances = [round(match.distance, 3) for match in found]
            log("recognised", request_id, faces=len(found), distances=distances, model=self.model_id, **times, **origin)
        return failed


def _read(record: Record) -> _Request:
    found = FacesFound.from_json(record["body"])
    crops = np.zeros((len(found.faces), *CROP_SIZE, 3), np.uint8)
    for index, face in enumerate(found.faces):
        try:
            crops[index] = _pixels(face.image)
        except _ImageError as error:
            field = f"faces[{index}].image"
            raise ContractError(field, f'field "{field}" is {error}', request_id=found.request_id) from error
    return _Request(record, found, crops)


def _pixels(content: bytes) -> NDArray[np.uint8]:
    """Return a face's pixels, 160×160×3 RGB; `_ImageError` for whatever else an image can be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of oddities that do not keep a face from being looked at
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
                if image.size != CROP_SIZE:
                    raise _ImageError(f"no face ({image.width}×{image.height} pixels instead of 160×160)")
                return np.asarray(image.convert("RGB"))
    except UnidentifiedImageError as error:
        raise _ImageError("neither PNG nor JPEG") from error
    except Image.DecompressionBombError as error:
        raise _ImageError("no face (it has far too many pixels)") from error
    except DAMAGED as error:
        raise _ImageError(f"no face ({error})") from error


def _result(request: _Request, matches: Sequence[Match], common: Mapping[str, str | float]) -> Message:
    result = RecognitionResult.of_names(request.found.request_id, tuple(match.name for match in matches))
    attributes = {**_carried(request.record), **common, "faces": _details(request.found, matches)}
    return Message(result.to_json(), attributes, _origin(request.record)["trace_id"])


def _origin(record: Record) -> dict[str, str]:
    """Return where a message comes from, for the log: its id, and the X-Ray trace header it was sent with."""
    trace_header = record.get("attributes", {}).get("AWSTraceHeader", "")
    return {"message_id": str(record["messageId"]), "trace_id": str(trace_header)}


def _carried(record: Record) -> dict[str, str | float]:
    """Return the timings that came with the message; a message without them, or with others, is fine."""
    carried: dict[str, str | float] = {}
    for name in CARRIED:
        attribute = record.get("messageAttributes", {}).get(name, {})
        try:
            value = float(attribute["stringValue"])
        except (KeyError, TypeError, ValueError):
            continue
        if abs(value) < LARGEST:
            carried[name] = value
    return {name: int(value) if float(value).is_integer() else value for name, value in carried.items()}


def _details(found: FacesFound, matches: Sequence[Match]) -> str:
    """Return what is known of each face as a JSON list, without the tail if it would not fit."""
    rows = [
        {
            "box": [round(value, 1) for value in face.box],
            "confidence": round(face.confidence, 4),
            "name": match.name,
            "distance": round(match.distance, 4) if np.isfinite(match.distance) else None,
            "nearest": match.nearest,
        }
        for face, match in zip(found.faces, matches, strict=True)
    ]
    while len(text := json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()) > FACES_ATTRIBUTE_BYTES:
        rows.pop()
    return text.decode()
