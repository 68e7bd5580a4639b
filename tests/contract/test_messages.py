"""The messages on the wire: golden JSON in tests/wire, which both sides of each queue are held to."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract import (
    ContractError,
    DetectionRequest,
    FacesFound,
    FoundFace,
    RecognitionResult,
)

WIRE = Path(__file__).resolve().parents[1] / "wire"


def golden(name: str) -> str:
    return (WIRE / f"{name}.json").read_text(encoding="utf-8").strip()


def test_a_detection_request_is_read_and_written() -> None:
    request = DetectionRequest.from_json(golden("detection-request"))
    assert request == DetectionRequest(
        bytes([0xFF, 0xD8, 0xFF, 0x00, 0x01, 0x02, 0x03]),
        "3f0c5c1e-1b1f-4b43-9a3e-0d1d3b5b7a11",
        "door/2026-11-24.jpg",
    )
    assert json.loads(request.to_json()) == json.loads(golden("detection-request"))


def test_found_faces_are_read_and_written() -> None:
    found = FacesFound.from_json(golden("faces-found"))
    assert found.faces == (FoundFace((174.4, 119.6, 355.6, 340.5), 0.9998, b"\x89PNG\r\n\x1a\n"),)
    assert found.to_json() == golden("faces-found")


def test_the_margin_of_the_crops_is_read_and_written() -> None:
    found = FacesFound("r", "", (), 32)
    assert found.to_json() == golden("faces-found-with-margin")
    assert FacesFound.from_json(golden("faces-found-with-margin")) == found


def test_a_message_without_a_margin_is_of_faces_without_one() -> None:
    """Face-detection knew of no margin before; a message of margin 0 is still what it sent."""
    assert FacesFound.from_json(golden("faces-found")).margin_px == 0


@pytest.mark.parametrize("margin", ["-1", "160", "1.5", '"32"', "true", "null", "NaN"])
def test_a_margin_that_cannot_be_names_its_field(margin: str) -> None:
    with pytest.raises(ContractError, match="whole number of pixels from 0 to 159") as error:
        FacesFound.from_json('{"request_id": "r", "filename": "", "margin": ' + margin + ', "faces": []}')
    assert (error.value.field, error.value.request_id) == ("margin", "r")


def test_a_photo_without_a_face_is_a_message_too() -> None:
    assert FacesFound("r", "", ()).to_json() == golden("no-faces-found")
    assert FacesFound.from_json(golden("no-faces-found")).faces == ()


def test_a_result_is_read_and_written() -> None:
    result = RecognitionResult.of_names("3f0c5c1e-1b1f-4b43-9a3e-0d1d3b5b7a11", ("Grace Hopper", "unknown"))
    assert result.to_json() == golden("recognition-result")
    assert RecognitionResult.from_json(golden("recognition-result")) == result


def test_no_names_are_no_face() -> None:
    assert RecognitionResult.of_names("r", ()).to_json() == '{"request_id":"r","result":"no-face"}'


def test_the_client_reads_what_face_recognition_writes() -> None:
    from facepipe.client.collect import read_answer

    answer = read_answer({"Body": golden("recognition-result"), "Attributes": {"SentTimestamp": "1795521600123"}})
    assert answer is not None
    assert (answer.result, answer.sent_ms) == ("Grace Hopper, unknown", 1795521600123)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", ""),
        ("nonsense", ""),
        ("[]", ""),
        ('"text"', ""),
        ("[" * 100_000, ""),
        ('{"request_id": "r"}', "content"),
        ('{"request_id": "r", "content": {}}', "content"),
        ('{"request_id": "r", "content": "äöü"}', "content"),
        ('{"content": "aGk="}', "request_id"),
        ('{"request_id": "   ", "content": "aGk="}', "request_id"),
        ('{"request_id": "\\u0000", "content": "aGk="}', "request_id"),
        ('{"request_id": "\\ud800", "content": "aGk="}', "request_id"),
        ('{"request_id": "r", "content": "aGk=", "filename": ["x"]}', "filename"),
        ('{"request_id": "r", "content": "aGk=", "filename": "a\\u0000b"}', "filename"),
    ],
)
def test_a_bad_request_names_its_field(body: str, field: str) -> None:
    with pytest.raises(ContractError) as error:
        DetectionRequest.from_json(body)
    assert error.value.field == field
    assert field in str(error.value)


@pytest.mark.parametrize(
    ("faces", "field"),
    [
        ("{}", "faces"),
        ("[7]", "faces[0]"),
        ('[{"box": [1, 2, 3], "confidence": 1, "image": ""}]', "faces[0].box"),
        ('[{"box": [1, 2, 3, "4"], "confidence": 1, "image": ""}]', "faces[0].box"),
        ('[{"box": [1, 2, 3, NaN], "confidence": 1, "image": ""}]', "faces[0].box"),
        ('[{"box": [1, 2, 3, 4], "confidence": true, "image": ""}]', "faces[0].confidence"),
        ('[{"box": [1, 2, 3, 4], "confidence": 1, "image": 5}]', "faces[0].image"),
        ('[{"box": [1, 2, 3, 4], "confidence": 1, "image": "?"}]', "faces[0].image"),
    ],
)
def test_a_bad_face_names_its_field(faces: str, field: str) -> None:
    with pytest.raises(ContractError) as error:
        FacesFound.from_json('{"request_id": "r", "filename": "", "faces": ' + faces + "}")
    assert error.value.field == field


@given(
    st.text(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    ).map(json.dumps)
)
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    for read in (DetectionRequest.from_json, FacesFound.from_json, RecognitionResult.from_json):
        try:
            read(text)
        except ContractError as error:
            assert str(error)


@pytest.mark.parametrize("content", ["aGVsbG8h", "data:image/jpeg;base64,aGVsbG8h", "aGVs\r\nbG8h\r\n", " aGVs bG8h"])
def test_base64_comes_as_a_data_url_or_with_white_space_too(content: str) -> None:
    text = json.dumps({"content": content, "request_id": "r"})
    assert DetectionRequest.from_json(text).content == b"hello!"


visible = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=128)


@given(st.binary(min_size=1, max_size=200), visible, visible)
def test_requests_survive_the_wire(content: bytes, request_id: str, filename: str) -> None:
    request = DetectionRequest(content, request_id, filename)
    assert DetectionRequest.from_json(request.to_json()) == request
