"""Converts a function's result to an HTTP response (FU-20…28)."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from emulator.aws.error_types import RATE_EXCEEDED, REQUEST_TOO_LARGE, THROTTLED, request_too_large
from emulator.aws.limits import PAYLOAD_BYTES
from emulator.invocation import Outcome, OutcomeKind
from emulator.json_text import read_json

JSON = "application/json"
_STATUS = re.compile(r"[0-9]{3}")
_NOT_IN_HEADERS = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_HEADER_NAME = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]+")  #: RFC 9110's token
_STATUSES = range(200, 600)
LONE_SURROGATE = "half a surrogate pair (such as \\ud800) cannot be written in UTF-8"
#: for the log, if the outcome's reason names no cure
CURES = {
    OutcomeKind.FUNCTION_ERROR: "; fix the handler: its traceback is in the function's log",
    OutcomeKind.CRASH: "; see the end of the function's log",
}


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response; `why` is for the log only, because AWS does not show it to the caller of a 502."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    why: str = ""


def to_response(outcome: Outcome) -> Response:
    """Return the response to an invocation's outcome."""
    if outcome.kind is OutcomeKind.THROTTLED:
        return too_many(outcome.reason)
    if outcome.kind is not OutcomeKind.SUCCESS:
        return bad_gateway(f"{outcome.kind.value}: {outcome.reason}{CURES.get(outcome.kind, '')}")
    try:
        result = read_json(outcome.payload)
    except ValueError as error:
        return bad_gateway(f"what the function returned cannot be read as JSON: {error}")
    if isinstance(result, dict) and "statusCode" in result:
        return _proxied(result)
    # A string is sent without its quotes, unlike the documentation's example (FU-21, recorded on AWS).
    body = result if isinstance(result, str) else _compact(result)
    content = _encoded(body)
    return bad_gateway(LONE_SURROGATE) if content is None else Response(200, (("content-type", JSON),), content)


def too_large(size: int) -> Response:
    """Return the refusal of an event above the limit (FU-26)."""
    why = f"the event has {size:,} bytes of {PAYLOAD_BYTES:,}; send less, a photo of up to about 4.7 MB"
    return _error(413, request_too_large(PAYLOAD_BYTES), REQUEST_TOO_LARGE, why)


FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see:"
    " https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


def too_many(why: str) -> Response:
    """Return the refusal of a request above the function's rate limit (FU-25)."""
    return _error(429, RATE_EXCEEDED, THROTTLED, why)


def forbidden(why: str, *, message: str = FORBIDDEN) -> Response:
    """Return the refusal of a request without a valid signature, or without a permission (FU-24, FU-35)."""
    return _error(403, message, "AccessDeniedException", why)


def bad_request(why: str) -> Response:
    """Return the refusal of a request that is not valid HTTP."""
    return _error(400, why, "InvalidRequestContentException", why)


def unknown_url(url_id: str) -> Response:
    """Return the answer at a URL that does not exist (FU-23, recorded on AWS)."""
    headers = (("content-type", JSON), ("x-amzn-errortype", "AccessDeniedException"))
    return Response(403, headers, b'{"Message":null}', f"there is no function URL {url_id}")


def _proxied(result: dict[str, Any]) -> Response:
    status, body = result["statusCode"], result.get("body", "")
    headers = {} if result.get("headers") is None else result["headers"]
    cookies = [] if result.get("cookies") is None else result["cookies"]
    if isinstance(status, str) and _STATUS.fullmatch(status):
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or status not in _STATUSES:
        return bad_gateway(f"statusCode is {status!a}; return a number from 200 to 599")
    if not isinstance(headers, dict) or not all(isinstance(v, str | int | float | bool) for v in headers.values()):
        return bad_gateway("headers must be an object of texts")
    if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
        return bad_gateway("cookies must be a list of texts")
    content = _content(body, encoded=bool(result.get("isBase64Encoded")))
    if content is None:
        return bad_gateway(f"body must be base64 where isBase64Encoded is true, and otherwise a text: {LONE_SURROGATE}")
    pairs = [(str(name).lower(), str(value)) for name, value in headers.items()]
    pairs += [("set-cookie", cookie) for cookie in cookies]
    if invalid := next((pair for pair in pairs if not _fits_into_headers(*pair)), None):
        why = "a name that HTTP does not take, or a line break or another character that HTTP headers cannot have"
        return bad_gateway(f"the header {invalid[0]!a} has {why}")
    if not any(name == "content-type" for name, _ in pairs):
        pairs.append(("content-type", JSON))
    return Response(status, tuple(pairs), content)


def _fits_into_headers(name: str, value: str) -> bool:
    return _HEADER_NAME.fullmatch(name) is not None and not _NOT_IN_HEADERS.search(value)


def _content(body: Any, *, encoded: bool) -> bytes | None:
    if body is None:
        return b""
    if not isinstance(body, str):
        body = _compact(body)
    if not encoded:
        return _encoded(body)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def _encoded(text: str) -> bytes | None:
    """Return a text in UTF-8; None for one with half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def bad_gateway(why: str) -> Response:
    """Return the answer for any failure behind the URL (FU-22)."""
    return Response(502, (("content-type", JSON),), b"Internal Server Error", why)


def _error(status: int, message: str, kind: str, why: str) -> Response:
    headers = (("content-type", JSON), ("x-amzn-errortype", kind))
    return Response(status, headers, _compact({"Message": message}).encode(), why)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
