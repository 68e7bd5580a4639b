"""The three messages that travel through the pipeline, and nothing else.

Standard library only: both functions import this during their cold start. Every reader raises `ContractError`, which
names the field and what to do about it.
"""

import base64
import binascii
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

REQUEST_ID_LENGTH = 128
FILENAME_LENGTH = 1024
CROP_SIDE_PX = 160  #: the size at which InceptionResnetV1 was trained
NO_FACE = "no-face"
UNKNOWN = "unknown"
SEPARATOR = ", "


class ContractError(ValueError):
    """A message is not what it should be. `field` names the place, "" the message as a whole."""

    def __init__(self, field: str, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.request_id = request_id  #: where it could be read, so that the answer can carry it


@dataclass(frozen=True, slots=True)
class DetectionRequest:
    """Camera → face-detection: one photo."""

    content: bytes  #: the photo's file, decoded from base64
    request_id: str
    filename: str = ""

    @staticmethod
    def from_json(text: str | bytes) -> "DetectionRequest":
        """Read `{"content": base64, "request_id": text, "filename"?: text}`; other fields are ignored."""
        message = _object(text)
        request_id = _request_id(message)
        try:
            return DetectionRequest(_content(message), request_id, _filename(message))
        except ContractError as error:
            error.request_id = request_id
            raise

    def to_json(self) -> str:
        """Return the message as a camera would send it."""
        content = base64.b64encode(self.content).decode("ascii")
        return _compact({"content": content, "request_id": self.request_id, "filename": self.filename})


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face of a photo."""

    box: tuple[float, float, float, float]  #: x1, y1, x2, y2 in the upright photo's pixels
    confidence: float  #: 0…1
    image: bytes  #: the 160×160 crop as PNG or JPEG file


@dataclass(frozen=True, slots=True)
class FacesFound:
    """face-detection → request queue: the faces of one photo, left to right; none is a message, too."""

    request_id: str
    filename: str
    faces: tuple[FoundFace, ...]
    margin_px: int = 0  #: how many of each crop's 160 pixels are around the face

    @staticmethod
    def from_json(text: str | bytes) -> "FacesFound":
        """Read `{"request_id", "filename", "margin"?, "faces": [{"box", "confidence", "image"}]}`.

        A message without a margin is of a face-detection that knew of none: its crops have none.
        """
        message = _object(text)
        request_id, filename = _request_id(message), _filename(message)
        faces = message.get("faces")
        if not isinstance(faces, list):
            raise ContractError("faces", 'field "faces" must be a list', request_id=request_id)
        read = tuple(_face(face, f"faces[{index}]") for index, face in enumerate(faces))
        return FacesFound(request_id, filename, read, _margin(message, request_id))

    def to_json(self) -> str:
        """Return the message's body."""
        margin = {"margin": self.margin_px} if self.margin_px else {}
        head = _compact({"request_id": self.request_id, "filename": self.filename, **margin, "faces": []})
        faces = ",".join([_face_json(face) for face in self.faces])
        return f"{head.removesuffix(']}')}{faces}]}}"


@dataclass(frozen=True, slots=True)
class RecognitionResult:
    """face-recognition → response queue: who is on the photo."""

    request_id: str
    result: str  #: names from left to right joined by ", "; `NO_FACE` for a photo without one

    @staticmethod
    def of_names(request_id: str, names: tuple[str, ...]) -> "RecognitionResult":
        """Return the result for the faces' names, left to right."""
        return RecognitionResult(request_id, SEPARATOR.join(names) if names else NO_FACE)

    @staticmethod
    def from_json(text: str | bytes) -> "RecognitionResult":
        """Read `{"request_id", "result"}`."""
        message = _object(text)
        result = message.get("result")
        if not isinstance(result, str) or not result:
            raise ContractError("result", 'field "result" must be a text that is not empty')
        return RecognitionResult(_request_id(message), result)

    def to_json(self) -> str:
        """Return the message's body: the same for the same result, so that duplicates are equal."""
        return _compact({"request_id": self.request_id, "result": self.result})


def _object(text: str | bytes) -> Mapping[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContractError(
            "", f"the body is not JSON ({error}); send an object with content and request_id"
        ) from error
    if not isinstance(message, dict):
        raise ContractError("", "the body is JSON but no object; send an object with content and request_id")
    return cast("Mapping[str, Any]", message)


def _request_id(message: Mapping[str, Any]) -> str:
    value = message.get("request_id")
    cure = f"send a text of 1 to {REQUEST_ID_LENGTH} visible characters, such as a UUID"
    if value is None:
        raise ContractError("request_id", f'field "request_id" is missing; {cure}')
    if not isinstance(value, str):
        raise ContractError("request_id", f'field "request_id" is no text; {cure}')
    if not 1 <= len(value) <= REQUEST_ID_LENGTH:
        raise ContractError("request_id", f'field "request_id" has {len(value)} characters; {cure}')
    if not value.isprintable() or value.isspace():
        raise ContractError("request_id", f'field "request_id" has characters that cannot be seen; {cure}')
    return value


def _filename(message: Mapping[str, Any]) -> str:
    value = message.get("filename", "")
    if not isinstance(value, str) or len(value) > FILENAME_LENGTH or not _sendable(value):
        cure = f"send a text of at most {FILENAME_LENGTH} characters, or leave it out"
        raise ContractError("filename", f'field "filename" is no text, too long, or has control characters; {cure}')
    return value


def _sendable(text: str) -> bool:
    """Tell whether SQS would take the text: it refuses control characters and half surrogates."""
    return all(c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff" for c in text)


def _content(message: Mapping[str, Any]) -> bytes:
    value = message.get("content")
    if value is None:
        raise ContractError("content", 'field "content" is missing; send the photo\'s file in base64')
    if not isinstance(value, str):
        raise ContractError("content", 'field "content" is no text; send the photo\'s file in base64')
    content = _base64(value, "content")
    if not content:
        raise ContractError("content", 'field "content" is empty; send the photo\'s file in base64')
    return content


def _base64(text: str, field: str) -> bytes:
    """Decode standard base64; a data URL's head and line breaks are taken for what they are."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        with contextlib.suppress(ValueError):
            return base64.b64decode(text, validate=True)
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise ContractError(
            field, f'field "{field}" is not base64 ({error}); encode the photo\'s file with it'
        ) from error


def _face(value: Any, field: str) -> FoundFace:
    if not isinstance(value, dict):
        raise ContractError(field, f'field "{field}" must be an object')
    box, confidence, image = value.get("box"), value.get("confidence"), value.get("image")
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(number) for number in box):
        raise ContractError(f"{field}.box", f'field "{field}.box" must be four numbers')
    if not _is_number(confidence):
        raise ContractError(f"{field}.confidence", f'field "{field}.confidence" must be a number')
    if not isinstance(image, str):
        raise ContractError(f"{field}.image", f'field "{field}.image" must be an image in base64')
    x1, y1, x2, y2 = (float(number) for number in box)
    return FoundFace((x1, y1, x2, y2), float(cast("float", confidence)), _base64(image, f"{field}.image"))


def _face_json(face: FoundFace) -> str:
    """Return a face as JSON. Base64 needs no escapes, and json would look for them for as long as all else takes."""
    numbers = {"box": [round(value, 2) for value in face.box], "confidence": round(face.confidence, 6)}
    image = binascii.b2a_base64(face.image, newline=False).decode("ascii")
    return f'{_compact(numbers).removesuffix("}")},"image":"{image}"}}'


def _margin(message: Mapping[str, Any], request_id: str) -> int:
    value = message.get("margin", 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < CROP_SIDE_PX:
        text = f'field "margin" must be a whole number of pixels from 0 to {CROP_SIDE_PX - 1}'
        raise ContractError("margin", text, request_id=request_id)
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _compact(message: Mapping[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
