"""Answers get placeholders for what differs from run to run, as recordings have them."""

import datetime as dt

import pytest

from facepipe.conformance.normal_form import normalised

VALUES = {"name": "fn-12345", "arn": "arn:aws:lambda:us-east-1:000000000000:function:fn-12345", "version": "1"}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("arn:aws:lambda:us-east-1:000000000000:function:fn-12345:1", "<arn>:1"),
        ("the function fn-12345", "the function <name>"),
        (b"fn-12345", "<name>"),
        ({"fn-12345": [("fn-12345",)]}, {"<name>": [["<name>"]]}),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "<uuid>"),
        ("2026-11-27T11:18:28.581+0000", "<date>"),
        ("2026-11-27T11:18:28.581Z", "<date>"),
        (dt.datetime(2026, 11, 27, tzinfo=dt.UTC), "<date>"),
        ("wDdCrxFdPNJa6jRiTtwesrhCxNlqxTqy9PEUyAxx/uA=", "<sha256>"),
        ("Root=1-6b09671f-36e2c6b279b2b0df81b2e52f;Parent=f5cb5dedbf907881;Sampled=0", "<trace>"),
        ("2026/11/27/[$LATEST]0123456789abcdef0123456789abcdef", "<day>/[$LATEST]<stream>"),
        ("2026/11/27/[$LATEST]vm-1", "2026/11/27/[$LATEST]vm-1"),
        ("REPORT\tDuration: 1.25 ms\tMax Memory Used: 36 MB", "REPORT\tDuration: <ms> ms\tMax Memory Used: <mb> MB"),
        ({"Body": '{"a": "fn-12345"}'}, {"Body": {"a": "<name>"}}),
        ({"body": '{"a": 1}'}, {"body": '{"a": 1}'}),
        ({"Payload": b"null"}, {"Payload": None}),
        ({"Payload": b""}, {"Payload": ""}),
        (
            "2 validation errors detected: b is wrong; a is wrong",
            "2 validation errors detected: a is wrong; b is wrong",
        ),
        (1, 1),
        (None, None),
    ],
)
def test_normal_form(answer: object, shown: object) -> None:
    assert normalised(answer, VALUES) == shown


def test_short_values_are_left_in_texts_that_have_them_by_chance() -> None:
    assert normalised("version 1", VALUES) == "version 1"
