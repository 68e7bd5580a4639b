"""Who calls a handler, by what its code reads and returns."""

import ast

import pytest

from facepipe.starting.event_signs import CalledBy, signs_of

CASES = {
    "records": ('for record in event["Records"]: use(record["body"])', CalledBy.QUEUE),
    "records by get": ('for record in event.get("Records", []): pass', CalledBy.QUEUE),
    "records and a status code, out of habit": ('event["Records"]; return_({"statusCode": 200})', CalledBy.QUEUE),
    "failed messages": ('f({"batchItemFailures": []})', CalledBy.QUEUE),
    "a library's batch": ("process_partial_response(event, work, BatchProcessor(), context)", CalledBy.QUEUE),
    "a body": ('json.loads(event["body"])', CalledBy.URL),
    "a body by get": ('json.loads(event.get("body") or "{}")', CalledBy.URL),
    "a body if there is one": ('x = "body" in event', CalledBy.URL),
    "a path": ('event["rawPath"]', CalledBy.URL),
    "a pattern": ('match event:\n  case {"requestContext": c}: pass', CalledBy.URL),
    "a status code": ('f({"statusCode": 200, "body": ""})', CalledBy.URL),
    "a status code by dict": ("f(dict(statusCode=200))", CalledBy.URL),
    "a web framework": ("handler = Mangum(app)", CalledBy.URL),
    "files of S3": ('event["Records"][0]["s3"]["bucket"]', CalledBy.OTHER),
    "notifications of SNS": ('event["Records"][0]["Sns"]["Message"]', CalledBy.OTHER),
    "notifications of S3 through a queue": ('r = event["Records"]; json.loads(r["body"])["s3"]', CalledBy.QUEUE),
    "a body that is written": ('event["body"] = 1', CalledBy.UNKNOWN),
    "nothing": ("work(event)", CalledBy.UNKNOWN),
}


@pytest.mark.parametrize("case", CASES)
def test_the_caller_is_seen_by_what_is_read(case: str) -> None:
    text, caller = CASES[case]
    assert signs_of(ast.parse(text).body).caller is caller


def test_reported_failures_are_seen() -> None:
    assert signs_of(ast.parse('event["Records"]; f({"batchItemFailures": []})').body).reports_failures
