"""What names a message: read from its beginning where it is long, with the same result."""

import json

import pytest

from emulator.journal.entries import SHORT_CHARACTERS, application_name, file_name, message_labels, structured

FACES = [{"image": "A" * SHORT_CHARACTERS}]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize(
    "message",
    [
        {"request_id": "r-1", "filename": "a.jpg", "faces": FACES},
        {"request_id": "r-1", "filename": "a.jpg", "faces": []},
        {"request_id": "", "filename": "", "faces": FACES},
        {"request_id": 'r"1', "filename": "é.jpg", "faces": FACES},
        {"request_id": "r" * 300, "filename": "f" * 300, "faces": FACES},
        {"request_id": 7, "filename": "a.jpg", "faces": FACES},
        {"filename": "a.jpg", "request_id": "r-1", "faces": FACES},
        {"request_id": "r-1", "faces": FACES},
        {"faces": FACES, "request_id": "r-1"},
        {"faces": FACES, "request_id": "r-1", "filename": "a.jpg"},
        {"faces": FACES, "request_id": 'r"1', "filename": "é.jpg"},
        {"request_id": "r-1", "filename": "a.jpg", "faces": [*FACES, {"request_id": "r-2", "filename": "b.jpg"}]},
        {"faces": FACES, "last": {"request_id": "r-2", "filename": "b.jpg"}},
        {"faces": FACES, "body": ', "request_id": "r-2", "filename": "b.jpg"}'},
        [*FACES, {"request_id": "r-2", "filename": "b.jpg"}],
        [FACES],
    ],
)
def test_a_message_is_named_as_if_it_was_parsed(message: object, separators: tuple[str, str]) -> None:
    text = json.dumps(message, separators=separators)
    parsed = structured(text)
    for labels in (message_labels(text), message_labels(text.encode())):
        assert application_name(labels) == application_name(parsed)
        assert file_name(labels) == file_name(parsed)


def test_a_long_message_is_not_parsed() -> None:
    cut_off = '{"request_id":"r-1","filename":"a.jpg","faces":[' + "x" * SHORT_CHARACTERS
    assert structured(cut_off) == {}
    assert dict(message_labels(cut_off)) == {"request_id": "r-1", "filename": "a.jpg"}
    assert message_labels("no JSON" * SHORT_CHARACTERS) == {}
