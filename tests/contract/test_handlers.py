"""Both functions from outside: events in, answers and messages out, with detector and embedder stood in for."""

import base64
import io
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.contract import FacesFound
from services.face_detection.detector import Detections
from services.face_detection.handler import FaceDetection
from services.face_detection.message import FacesTooLargeError, pack
from services.face_recognition.gallery import Gallery, GalleryError, Model
from services.face_recognition.handler import FaceRecognition
from services.face_recognition.matching import FaceIndex
from services.outbox import Message, OutboxError

EVENT = json.loads((Path(__file__).resolve().parents[1] / "wire/function-url-event.json").read_text())
MODEL = Model("test", "0" * 64)


@dataclass
class FoundAt:
    """A detector that finds what it is told, wherever it looks."""

    boxes: list[tuple[float, float, float, float]]
    confidences: list[float]

    def detect(self, image: np.ndarray) -> Detections:
        assert image.dtype == np.uint8
        count = len(self.boxes)
        boxes = np.array(self.boxes, np.float32).reshape(-1, 4)
        return Detections(boxes, np.array(self.confidences, np.float32), np.zeros((count, 5, 2), np.float32))


class BrightnessEmbedder:
    """Puts bright faces at one corner of the space and dark ones at another."""

    def embed(self, crops: np.ndarray) -> np.ndarray:
        bright = crops.reshape(len(crops), -1).mean(axis=1) > 127
        return np.eye(512, dtype=np.float32)[np.where(bright, 0, 1)] if len(crops) else np.zeros((0, 512), np.float32)


@dataclass
class Outbox:
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    refuse: str = ""

    def send(self, message: Message) -> None:
        (problem,) = self.send_all([message])
        if problem:
            raise OutboxError(problem)

    def send_all(self, messages: Sequence[Message]) -> list[str]:
        refused = [bool(self.refuse) and self.refuse in message.body for message in messages]
        taken = [message for message, no in zip(messages, refused, strict=True) if not no]
        self.sent += [(message.body, message.attributes) for message in taken]
        self.traces += [message.trace_header for message in taken]
        return ["the queue did not take it" if no else "" for no in refused]


@dataclass
class FixedGallery:
    gallery: Gallery | None

    def current(self) -> FaceIndex:
        if self.gallery is None:
            raise GalleryError("no gallery at x: make one with facepipe enrol")
        return FaceIndex.of(self.gallery)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def photo(size: tuple[int, int] = (300, 200), colour: str = "white") -> str:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def url_event(body: str, *, encoded: bool = False) -> dict[str, Any]:
    text = base64.b64encode(body.encode()).decode() if encoded else body
    return {**EVENT, "body": text, "isBase64Encoded": encoded}


def detection(
    outbox: Outbox, *, boxes: list[tuple[float, float, float, float]], confidences: list[float]
) -> FaceDetection:
    detector = FoundAt(boxes, confidences)
    return FaceDetection(detector, png, outbox, minimum_confidence=0.9, maximum_pixels=1_000_000, margin_px=32)


BOXES = [(200.0, 10.0, 260.0, 80.0), (20.0, 10.0, 80.0, 80.0), (100.0, 10.0, 150.0, 80.0)]


@pytest.mark.parametrize("encoded", [False, True])
def test_fu10_text_and_base64_bodies_are_the_same(encoded: bool) -> None:
    outbox = Outbox()
    body = json.dumps({"content": photo(), "request_id": "r-1", "filename": "f"})
    answer = detection(outbox, boxes=BOXES[:1], confidences=[0.99])(url_event(body, encoded=encoded), None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"request_id": "r-1", "faces": 1}
    ((message, attributes),) = outbox.sent
    assert FacesFound.from_json(message).request_id == "r-1"
    assert attributes["accepted_ms"] == EVENT["requestContext"]["timeEpoch"]


def test_faces_travel_left_to_right_without_the_doubtful_ones() -> None:
    outbox = Outbox()
    body = json.dumps({"content": photo(), "request_id": "r-1"})
    detection(outbox, boxes=BOXES, confidences=[0.99, 0.95, 0.5])(url_event(body), None)
    found = FacesFound.from_json(outbox.sent[0][0])
    assert [face.box[0] for face in found.faces] == [20.0, 200.0]
    assert all(Image.open(io.BytesIO(face.image)).size == (160, 160) for face in found.faces)


def test_the_same_request_twice_gives_the_same_message_twice() -> None:
    outbox = Outbox()
    body = json.dumps({"content": photo(), "request_id": "r-1"})
    function = detection(outbox, boxes=BOXES, confidences=[1.0, 1.0, 1.0])
    assert function(url_event(body), None) == function(url_event(body), None)
    assert outbox.sent[0][0] == outbox.sent[1][0]


def test_a_message_that_is_not_taken_is_a_function_error() -> None:
    body = json.dumps({"content": photo(), "request_id": "r-1"})
    with pytest.raises(OutboxError):
        detection(Outbox(refuse="r-1"), boxes=[], confidences=[])(url_event(body), None)


def test_too_many_pixels_are_refused_with_413_and_nothing_is_sent() -> None:
    outbox = Outbox()
    body = json.dumps({"content": photo((1001, 1000)), "request_id": "r-1"})
    answer = detection(outbox, boxes=[], confidences=[])(url_event(body), None)
    assert answer["statusCode"] == 413
    assert json.loads(answer["body"])["request_id"] == "r-1"
    assert outbox.sent == []


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (160, 160, 3), np.uint8))


@pytest.mark.parametrize(("faces", "kind"), [(3, "PNG"), (15, "JPEG"), (30, "JPEG")])
def test_crops_are_lossless_while_they_fit_one_message(faces: int, kind: str) -> None:
    from services.contract import FoundFace

    found = FacesFound("r", "", (FoundFace((0, 0, 1, 1), 1.0, b""),) * faces)
    body = pack(found, [noise(seed) for seed in range(faces)], png)
    assert len(body.encode()) <= 1_048_576
    images = [Image.open(io.BytesIO(face.image)) for face in FacesFound.from_json(body).faces]
    assert {image.format for image in images} == {kind}
    if kind == "PNG":
        assert np.array_equal(np.asarray(images[1]), np.asarray(noise(1)))


def test_more_faces_than_a_message_can_carry_are_422_with_their_number() -> None:
    from services.contract import FoundFace

    found = FacesFound("r", "", (FoundFace((0, 0, 1, 1), 1.0, b""),) * 200)
    with pytest.raises(FacesTooLargeError, match="200 faces"):
        pack(found, [noise(0)] * 200, png)


def gallery(margin: int = 0) -> Gallery:
    return Gallery(("Bright",), np.eye(1, 512, dtype=np.float32), MODEL, 1.0, margin)


def test_the_margin_of_the_crops_travels_in_the_message() -> None:
    outbox = Outbox()
    body = json.dumps({"content": photo(), "request_id": "r-1"})
    detection(outbox, boxes=BOXES, confidences=[1.0] * 3)(url_event(body), None)
    assert json.loads(outbox.sent[0][0])["margin"] == 32


def test_faces_of_another_margin_are_recognised_with_one_warning_a_gallery(capsys: pytest.CaptureFixture[str]) -> None:
    source, outbox = FixedGallery(gallery(32)), Outbox()
    function = FaceRecognition(BrightnessEmbedder(), source, outbox, "test")
    for index in range(3):
        function({"Records": [record(f"{index}", found(f"r-{index}", "white"))]}, None)
    source.gallery = gallery(32)
    function({"Records": [record("3", found("r-3", "white"))]}, None)
    assert [json.loads(body)["result"] for body, _ in outbox.sent] == ["Bright"] * 4
    warnings = [line for line in told(capsys) if line["level"] == "WARNING"]
    assert [line["request_id"] for line in warnings] == ["r-0", "r-3"], "once for each gallery"
    for words in ("margin of 32 pixels", "with 0", "facepipe enrol --replace", "MARGIN"):
        assert words in warnings[0]["error"]


def test_faces_of_the_gallerys_margin_are_recognised_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    message = json.dumps(json.loads(found("r", "white")) | {"margin": 32})
    assert recognise(Outbox(), record("1", message), people=gallery(32)) == []
    assert "WARNING" not in capsys.readouterr().out


def record(message_id: str, body: str, attributes: Mapping[str, str] | None = None) -> dict[str, Any]:
    typed = {name: {"stringValue": value, "dataType": "Number"} for name, value in (attributes or {}).items()}
    return {"messageId": message_id, "body": body, "messageAttributes": typed}


def found(request_id: str, *colours: str, size: tuple[int, int] = (160, 160)) -> str:
    faces = [{"box": [0, 0, 9, 9], "confidence": 1, "image": photo(size, colour)} for colour in colours]
    return json.dumps({"request_id": request_id, "filename": "", "faces": faces})


def recognise(outbox: Outbox, *records: dict[str, Any], people: Gallery | None = None) -> list[str]:
    function = FaceRecognition(BrightnessEmbedder(), FixedGallery(people or gallery()), outbox, "test")
    response = function({"Records": list(records)}, None)
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_names_are_joined_left_to_right_and_strangers_are_unknown() -> None:
    outbox = Outbox()
    failed = recognise(outbox, record("1", found("a", "white", "black")), record("2", found("b")))
    assert failed == []
    assert [body for body, _ in outbox.sent] == [
        '{"request_id":"a","result":"Bright, unknown"}',
        '{"request_id":"b","result":"no-face"}',
    ]


def test_timings_travel_on_and_details_are_attributes() -> None:
    outbox = Outbox()
    recognise(
        outbox, record("1", found("a", "white"), {"accepted_ms": "1795521600000", "detection_ms": "12.5", "odd": "x"})
    )
    attributes = outbox.sent[0][1]
    assert attributes["accepted_ms"] == 1795521600000
    assert attributes["detection_ms"] == 12.5
    assert attributes["model"] == "test"
    assert len(attributes) <= 10, "SQS takes ten"
    (face,) = json.loads(attributes["faces"])
    assert (face["name"], face["distance"]) == ("Bright", 0.0)


@pytest.mark.parametrize(
    "poison",
    [
        "{not json",
        "[]",
        '{"another": "shape"}',
        found("p", "white", size=(10, 10)),
        found("p", "white").replace("iVBOR", "AAAAA"),
    ],
)
def test_es24_a_poisoned_message_fails_alone(poison: str) -> None:
    outbox = Outbox()
    failed = recognise(outbox, record("1", found("a", "white")), record("2", poison), record("3", found("c", "black")))
    assert failed == ["2"]
    assert len(outbox.sent) == 2


def face(kind: str = "PNG", size: tuple[int, int] = (160, 160), mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("L", size, 255).convert(mode).save(file, kind, **options)
    return file.getvalue()


def png_head(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""
    chunks = [b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"\0"), b"IEND"]
    framed = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose frame header says that it has so many pixels."""
    content = face("JPEG")
    frame = content.index(b"\xff\xc0") + 5
    return content[:frame] + struct.pack(">HH", height, width) + content[frame + 4 :]


def with_images(request_id: str, *images: bytes) -> str:
    faces = [{"box": [0, 0, 9, 9], "confidence": 1, "image": base64.b64encode(one).decode()} for one in images]
    return json.dumps({"request_id": request_id, "filename": "", "faces": faces})


UNUSABLE = {
    "more pixels than Pillow reads": png_head(30_000, 30_000),
    "a photo that Pillow warns of": png_head(10_000, 10_000),
    "a legal photo": png_head(8_000, 8_000),
    "a JPEG of 4 billion pixels": jpeg_of(65_500, 65_500),
    "no pixels": png_head(0, 160),
    "a PNG without pixels": png_head(160, 160),
    "a PNG that is cut off": face()[:-40],
    "a JPEG that is cut off": face("JPEG")[:-40],
    "a head alone": face()[:20],
    "another format": face("GIF"),
    "nothing": b"",
}


@pytest.mark.parametrize("image", [png_head(10_000, 10_000), png_head(30_000, 30_000), jpeg_of(65_500, 65_500)])
def test_a_photo_that_claims_more_pixels_than_can_be_is_refused_with_413(image: bytes) -> None:
    outbox = Outbox()
    body = json.dumps({"content": base64.b64encode(image).decode(), "request_id": "r-1"})
    answer = detection(outbox, boxes=[], confidences=[])(url_event(body), None)
    assert (answer["statusCode"], json.loads(answer["body"])["request_id"]) == (413, "r-1")
    assert outbox.sent == []


@pytest.mark.parametrize("image", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_es24_a_message_whose_image_is_no_face_fails_alone(image: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    outbox = Outbox()
    poison = with_images("p", face(), image)
    failed = recognise(outbox, record("1", found("a", "white")), record("2", poison), record("3", found("c", "black")))
    assert failed == ["2"]
    assert [json.loads(body)["request_id"] for body, _ in outbox.sent] == ["a", "c"]
    (line,) = [line for line in told(capsys) if line["level"] == "ERROR"]
    assert (line["message_id"], line["request_id"]) == ("2", "p")
    assert 'field "faces[1].image"' in line["error"]


ODD = {
    **{f"PNG in mode {mode}": face(mode=mode) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")},
    "JPEG in grey": face("JPEG", mode="L"),
    "JPEG for a printer": face("JPEG", mode="CMYK"),
    "an animation, whose first picture counts": face(save_all=True, append_images=[Image.new("RGB", (160, 160))]),
    "JPEG with EXIF data that is cut off": face("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01"),
}


@pytest.mark.parametrize("image", ODD.values(), ids=ODD.keys())
def test_an_odd_image_of_a_face_is_recognised(image: bytes) -> None:
    outbox = Outbox()
    assert recognise(outbox, record("1", with_images("r", image))) == []
    assert [body for body, _ in outbox.sent] == ['{"request_id":"r","result":"Bright"}']


def test_timings_that_are_no_numbers_are_left_behind() -> None:
    outbox = Outbox()
    odd = {"accepted_ms": "nan", "detection_ms": "1e400", "published_ms": "1e300"}
    assert recognise(outbox, record("1", found("a", "white"), odd)) == []
    assert not odd.keys() & outbox.sent[0][1].keys()


def test_a_result_that_is_not_taken_fails_alone() -> None:
    outbox = Outbox(refuse='"a"')
    assert recognise(outbox, record("1", found("a", "white")), record("2", found("b", "white"))) == ["1"]


def test_without_a_gallery_the_batch_fails_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    function = FaceRecognition(BrightnessEmbedder(), FixedGallery(None), Outbox(), "test")
    with pytest.raises(GalleryError):
        function({"Records": [record("1", found("a"))]}, None)
    assert "facepipe enrol" in capsys.readouterr().out


def test_the_trace_id_travels_from_the_url_through_both_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWSTraceHeader: the runtime's own id where it sets one, else the one that the request came with (fact 4)."""
    event = url_event(json.dumps({"content": photo(), "request_id": "r"}))
    event["headers"] = {**event["headers"], "x-amzn-trace-id": "Root=1-2-3"}
    outbox = Outbox()
    detection(outbox, boxes=[], confidences=[])(event, None)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Parent=4;Sampled=1")
    detection(outbox, boxes=[], confidences=[])(event, None)
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    recognise(outbox, record("1", found("r", "white")) | {"attributes": {"AWSTraceHeader": "Root=1-2-3;Sampled=1"}})
    recognise(outbox, record("1", found("r", "white")))
    assert outbox.traces == ["Root=1-2-3", "Root=1-2-3;Parent=4;Sampled=1", "Root=1-2-3;Sampled=1", ""]


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_logs_tell_an_operator_what_was_seen_how_sure_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    content = photo()
    event = url_event(json.dumps({"content": content, "request_id": "r-7"}))
    event["headers"] = {**event["headers"], "x-amzn-trace-id": "Root=1-2-3"}
    detection(Outbox(), boxes=BOXES, confidences=[1.0] * 3)(event, None)
    received, detected = told(capsys)
    assert (received["event"], received["bytes"], received["trace_id"]) == (
        "received",
        len(base64.b64decode(content)),
        "Root=1-2-3",
    )
    assert (detected["event"], detected["faces"], detected["trace_id"]) == ("detected", 3, "Root=1-2-3")
    assert {"photo", "detection_ms", "publish_ms"} <= set(detected)
    message = record("m-1", found("r-8", "white", "black")) | {"attributes": {"AWSTraceHeader": "Root=4-5-6"}}
    recognise(Outbox(), message)
    received, recognised = told(capsys)
    assert (received["event"], received["faces"], received["message_id"]) == ("received", 2, "m-1")
    assert (recognised["event"], recognised["distances"], recognised["model"]) == ("recognised", [0.0, 1.414], "test")
    assert (recognised["message_id"], recognised["trace_id"]) == ("m-1", "Root=4-5-6")
    assert {"recognition_ms", "publish_ms"} <= set(recognised)


def test_stage_times_come_in_the_order_of_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the lines takes their …_ms as stages that ended with the line, one after another."""
    detection(Outbox(), boxes=BOXES, confidences=[1.0] * 3)(
        url_event(json.dumps({"content": photo(), "request_id": "r"})), None
    )
    recognise(Outbox(), record("1", found("r", "white")))
    stages = [[name for name in line if name.endswith("_ms")] for line in told(capsys)]
    assert stages == [[], ["detection_ms", "publish_ms"], [], ["recognition_ms", "publish_ms"]]


def test_logs_carry_the_request_id_and_no_image(capsys: pytest.CaptureFixture[str]) -> None:
    content = photo()
    detection(Outbox(), boxes=BOXES, confidences=[1.0] * 3)(
        url_event(json.dumps({"content": content, "request_id": "r-7"})), None
    )
    detection(Outbox(), boxes=[], confidences=[])(
        url_event(json.dumps({"content": content[:40], "request_id": "r-9"})), None
    )
    recognise(Outbox(), record("1", found("r-8", "white")))
    recognise(Outbox(), record("1", found("r-6", "white").replace("iVBOR", "AAAAA")))
    recognise(Outbox(refuse="r-5"), record("1", found("r-5", "white")))
    lines = told(capsys)
    assert [line["request_id"] for line in lines] == ["r-7", "r-7", "r-9", "r-9", "r-8", "r-8", "r-6", "r-5", "r-5"]
    assert max(len(json.dumps(line)) for line in lines) < 400
    long = [value for line in lines for value in line.values() if isinstance(value, list) and len(value) > 10]
    assert long == [], "an embedding has 512 numbers"
    assert not any(content[:30] in json.dumps(line) for line in lines)


@pytest.mark.parametrize(
    ("body", "level"), [('{"content": "AAAA", "request_id": "r"}', "WARNING"), ("{not json", "WARNING")]
)
def test_a_refusal_is_a_warning_and_says_why(body: str, level: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = detection(Outbox(), boxes=[], confidences=[])(url_event(body), None)
    line = told(capsys)[-1]
    assert (line["event"], line["level"], line["status"]) == ("refused", level, 400)
    assert line["error"] == json.loads(answer["body"])["error"]
