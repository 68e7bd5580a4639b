"""Converts HTTP requests to events of payload format 2.0 (FU-01…10)."""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from emulator.aws.arns import Arns
from emulator.aws.identifiers import url_domain

TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}
DROPPED = {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te", "trailer"}


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as received."""

    method: str
    target: str  #: path and query, still percent-encoded
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The function URL of a request."""

    url_id: str
    region: str
    caller: "Caller | None" = None  #: who signed the request; None at a URL with AuthType NONE

    @property
    def domain(self) -> str:
        """Its host name on AWS."""
        return url_domain(self.url_id, self.region)


@dataclass(frozen=True, slots=True)
class Caller:
    """The signer of a request to a URL with AuthType AWS_IAM."""

    access_key_id: str
    account_id: str

    @property
    def context(self) -> dict[str, Any]:
        """Return `requestContext.authorizer` (FU-06)."""
        return {
            "iam": {
                "accessKey": self.access_key_id,
                "accountId": self.account_id,
                "callerId": self.access_key_id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": Arns(account_id=self.account_id).user("local"),
                "userId": self.access_key_id,
            }
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """A request's time, request id and trace header."""

    time_s: float
    request_id: str
    trace_id: str


def to_event(request: Request, endpoint: Endpoint, moment: Moment) -> dict[str, Any]:
    """Return the event for a request."""
    path, _, query = request.target.partition("?")
    headers = _headers(request, endpoint, moment)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": endpoint.caller.account_id if endpoint.caller else "anonymous",
            "apiId": endpoint.url_id,
            "authentication": None,
            "authorizer": endpoint.caller.context if endpoint.caller else None,
            "domainName": endpoint.domain,
            "domainPrefix": endpoint.url_id,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": moment.request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(moment.time_s)),
            "timeEpoch": int(moment.time_s * 1000),
        },
    }
    if cookies := [part for name, value in request.headers if name.lower() == "cookie" for part in value.split("; ")]:
        event["cookies"] = cookies
    if parameters := _query_parameters(query):
        event["queryStringParameters"] = parameters
    return {**event, **_body(request.body, headers.get("content-type", ""))}


def encode(event: dict[str, Any]) -> bytes:
    """Encode an event as an invocation's payload."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def body_of(payload: bytes) -> bytes:
    """Return the body in an encoded event; empty if the payload is not an event."""
    event = json.loads(payload) if payload else {}
    body = str(event.get("body", ""))
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _headers(request: Request, endpoint: Endpoint, moment: Moment) -> dict[str, str]:
    """Return the headers with lower-case names and duplicates joined by commas, plus AWS's own (FU-02, FU-03).

    In `x-forwarded-for`, AWS's entry comes last, after what the caller sent ([MEM] in FU-03).
    """
    joined: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key not in DROPPED and key != "cookie":
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    forwarded = joined.get("x-forwarded-for")
    return {
        **joined,
        "host": joined.get("host", endpoint.domain),
        "x-forwarded-for": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        "x-amzn-trace-id": moment.trace_id,
        "x-amzn-tls-version": "TLSv1.3",
        "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
    }


def _query_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the body fields: UTF-8 of text types as text, all else in base64; none if it is empty (FU-08, FU-09)."""
    if not body:
        return {"isBase64Encoded": False}
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in TEXT_TYPES or kind.endswith(("+json", "+xml")):
        try:
            return {"body": body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}
