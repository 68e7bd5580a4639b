"""What a stranger's program may send: each refusal names the field and the cure and queues nothing; each oddity works."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from facepipe.client.photos import Frame
from tests.acceptance.pipelines import Pipeline, request
from tests.bomb_photos import png_claiming

pytestmark = pytest.mark.models


def jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Image.Image:
    return Image.open(samples / "grace_hopper.jpg").convert("RGB")


PHOTO = "<a photo>"

REFUSED = {
    "not JSON": ("photo=1", 400, "not JSON"),
    "JSON but no object": ("[1, 2]", 400, "no object"),
    "no content": ('{"request_id": "r-1"}', 400, '"content" is missing'),
    "content is null": ('{"request_id": "r-1", "content": null}', 400, '"content" is missing'),
    "content is a number": ('{"request_id": "r-1", "content": 7}', 400, '"content" is no text'),
    "bad base64": (request("%%%not base64%%%"), 400, '"content" is not base64'),
    "empty image": (request(""), 400, '"content" is empty'),
    "a text file": (request(encoded(b"just some words")), 400, "no image that is understood"),
    "30,000 x 30,000 PNG": (request(encoded(png_claiming(30_000, 30_000))), 413, "scaled down"),
    "missing request_id": ('{"content": "aGk="}', 400, '"request_id" is missing'),
    "empty request_id": (request("aGk=", ""), 400, '"request_id" has 0 characters'),
    "numeric request_id": (request("aGk=", 17), 400, '"request_id" is no text'),
    "1 MB request_id": (request("aGk=", "x" * 1_000_000), 400, '"request_id" has 1000000 characters'),
    "request_id with a line break": (request("aGk=", "a\nb"), 400, '"request_id" has characters'),
    "numeric filename": (request("aGk=").replace('"photo"', "5"), 400, '"filename" is no text'),
}


def test_a_bad_request_is_refused_with_the_field_and_the_cure(clean: Pipeline) -> None:
    """All in one test: the queues are looked into once."""
    for case, (body, status, words) in REFUSED.items():
        answer = clean.post(body)
        assert answer.status_code == status, f"{case}: {answer.text}"
        assert words in answer.json()["error"], case
        assert answer.headers["content-type"] == "application/json", case
    assert clean.depths() == {"facepipe-requests": 0, "facepipe-requests-dlq": 0, "facepipe-responses": 0}


def test_a_truncated_jpeg_is_refused(clean: Pipeline, portrait: Image.Image) -> None:
    whole = jpeg(portrait)
    answer = clean.post(request(encoded(whole[: len(whole) // 2])))
    assert answer.status_code == 400
    assert "damaged or cut off" in answer.json()["error"]
    assert answer.json()["request_id"] == "r-1"
    assert clean.depth("facepipe-requests") == 0


def test_fu26_a_7_mb_body_is_refused_before_the_function(clean: Pipeline) -> None:
    answer = clean.post(request("A" * 7_000_000))
    assert answer.status_code == 413
    assert "6291556" in answer.text
    assert clean.depth("facepipe-requests") == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_understood(pipeline: Pipeline, method: str) -> None:
    answer = pipeline.request(method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "POST a photo" in answer.json()["error"]


def odd_photos(portrait: Image.Image) -> dict[str, bytes]:
    def saved(image: Image.Image, kind: str, **options: object) -> bytes:
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn a quarter clockwise to look at it
    lying = portrait.transpose(Image.Transpose.ROTATE_90)
    alpha = portrait.copy()
    alpha.putalpha(255)
    sixteen = Image.fromarray(__import__("numpy").asarray(portrait.convert("L"), "uint16") * 257)
    return {
        "greyscale": jpeg(portrait.convert("L")),
        "CMYK": jpeg(portrait.convert("CMYK")),
        "palette": saved(portrait.quantize(128), "PNG"),
        "16 bits": saved(sixteen, "PNG"),
        "alpha": saved(alpha, "PNG"),
        "WebP": saved(portrait, "WEBP", quality=90),
        "EXIF rotation": jpeg(lying, exif=exif, quality=95),
    }


def test_odd_photos_are_recognised(clean: Pipeline, portrait: Image.Image) -> None:
    photos = odd_photos(portrait)
    rows = clean.send([Frame(kind, content) for kind, content in photos.items()])
    results = {row.name: row.answer.result if row.answer else row.problem for row in rows}
    assert results == dict.fromkeys(photos, "Grace Hopper")


@pytest.mark.parametrize("content_type", [None, "application/octet-stream"])
def test_fu10_a_body_without_content_type_arrives_in_base64_and_works(
    clean: Pipeline, portrait: Image.Image, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = clean.post(request(encoded(jpeg(portrait)), "typeless"), headers)
    assert answer.status_code == 200
    assert answer.json() == {"request_id": "typeless", "faces": 1}
    (message,) = clean.receive("facepipe-responses", seconds=120)
    assert message["Body"] == '{"request_id":"typeless","result":"Grace Hopper"}'


def test_forty_faces_in_one_photo(clean: Pipeline, portrait: Image.Image) -> None:
    face = portrait.crop((120, 60, 410, 400)).resize((174, 204))
    crowd = Image.new("RGB", (8 * 180, 5 * 210), "grey")
    for number in range(40):
        crowd.paste(face, (number % 8 * 180 + 3, number // 8 * 210 + 3))
    (row,) = clean.send([Frame("crowd", jpeg(crowd, quality=95))])
    assert row.answer, row.problem
    assert row.faces == 40
    assert row.answer.result == ", ".join(["Grace Hopper"] * 40)
