"""Verifies the AWS Signature Version 4 of requests to function URLs with AuthType AWS_IAM (FU-24).

It follows the public algorithm: canonical request → string to sign → signature, in the headers or in the query.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote

from emulator.aws.limits import CLOCK_SKEW_S, PRESIGNED_S
from emulator.function_url.event import Request

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "lambda"
UNSIGNED = "UNSIGNED-PAYLOAD"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{{64}})"
)
_DATE = "%Y%m%dT%H%M%SZ"


class SignatureError(PermissionError):
    """The request has no valid signature; the message says why."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The emulator's only key pair."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """The parts of a request's signature."""

    access_key_id: str
    scope: str  #: date/region/service/aws4_request
    time: str
    signed_headers: Sequence[str]
    signature: str
    lifetime_s: int
    payload_hash: str  #: the header's text; if it is empty, the hash of the body is used


def verify(request: Request, keys: KeyPair, region: str, now: datetime) -> None:
    """Accept a request with a valid signature; raise `SignatureError` for any other."""
    headers = _joined(request)
    path, _, query = request.target.partition("?")
    claim = _claim(headers, dict(parse_qsl(query, keep_blank_values=True)))
    if claim.access_key_id != keys.access_key_id:
        raise SignatureError(f"the access key id {claim.access_key_id!r} is not the emulator's")
    date = claim.time[:8]
    if claim.scope != f"{date}/{region}/{SERVICE}/aws4_request":
        raise SignatureError(
            f"it is signed for {claim.scope}, and should be for {date}/{region}/{SERVICE}/aws4_request"
        )
    _check_time(claim, now)
    missing = [name for name in claim.signed_headers if name not in headers]
    if missing or "host" not in claim.signed_headers:
        raise SignatureError(f"the signed header {(missing or ['host'])[0]} is missing")
    payload_hash = hashlib.sha256(request.body).hexdigest()
    if claim.payload_hash not in ("", UNSIGNED, payload_hash):
        raise SignatureError("x-amz-content-sha256 is not the body's hash")
    signed = [f"{name}:{' '.join(headers[name].split())}" for name in claim.signed_headers]
    lines = [request.method, quote(path or "/", safe="/~"), _canonical_query(query), *signed]
    canonical = "\n".join([*lines, "", ";".join(claim.signed_headers), claim.payload_hash or payload_hash])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    expected = _sign(f"{ALGORITHM}\n{claim.time}\n{claim.scope}\n{digest}", keys.secret_access_key, claim.scope)
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureError("the signature does not match: check the secret key, and that nothing changed on the way")


def _joined(request: Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return headers


def _claim(headers: Mapping[str, str], query: Mapping[str, str]) -> _Claim:
    if "X-Amz-Signature" in query:
        credential, signature = query.get("X-Amz-Credential", ""), query["X-Amz-Signature"]
        signed, time = query.get("X-Amz-SignedHeaders", ""), query.get("X-Amz-Date", "")
        lifetime = query.get("X-Amz-Expires", "")
        if query.get("X-Amz-Algorithm") != ALGORITHM or not lifetime.isdigit():
            raise SignatureError("the query's X-Amz-Algorithm or X-Amz-Expires cannot be used")
        seconds, payload_hash = min(int(lifetime), PRESIGNED_S), headers.get("x-amz-content-sha256", "")
    elif match := _AUTHORIZATION.fullmatch(headers.get("authorization", "")):
        credential, signed, signature = match.groups()
        time, payload_hash, seconds = (
            headers.get("x-amz-date", ""),
            headers.get("x-amz-content-sha256", ""),
            CLOCK_SKEW_S,
        )
    else:
        raise SignatureError("it is not signed (AuthType AWS_IAM): sign it with Signature Version 4 for service lambda")
    access_key_id, _, scope = credential.partition("/")
    return _Claim(access_key_id, scope, time, signed.split(";"), signature, seconds, payload_hash)


def _check_time(claim: _Claim, now: datetime) -> None:
    try:
        age = (now - datetime.strptime(claim.time, _DATE).replace(tzinfo=UTC)).total_seconds()
    except ValueError as error:
        raise SignatureError(f"its date {claim.time!r} is not a date like 20260131T235959Z") from error
    if not -CLOCK_SKEW_S <= age <= claim.lifetime_s:
        raise SignatureError(f"it was signed {age:.0f} s ago and is valid for {claim.lifetime_s} s")


def _canonical_query(query: str) -> str:
    """Return the canonical query string, without the signature itself."""
    pairs = []
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        if name != "X-Amz-Signature":
            pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _sign(text: str, secret: str, scope: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
