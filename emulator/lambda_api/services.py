"""Which AWS service a request on port 9001 is meant for, and how that service spells a refusal."""

import json
import re
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from aiohttp import web

from emulator.aws.errors import NOT_IMPLEMENTED
from emulator.aws.identifiers import SQS_VERSION

TARGET = "x-amz-target"
FORM = "application/x-www-form-urlencoded"
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[^/,\s]+/([a-z0-9-]+)/aws4_request")


def service_of(request: web.Request, body: bytes) -> str:
    """Return the service's name as signatures have it (`sqs`, `sts`); "" where nothing tells.

    A signature names its service, the JSON protocols name it in X-Amz-Target; an unsigned form is known by the version
    of its API. One endpoint for all services is what AWS_ENDPOINT_URL makes of a boto3 program.
    """
    if match := _SCOPE.search(request.headers.get("authorization", "")):
        return match[1]
    if target := request.headers.get(TARGET, ""):
        return target.partition(".")[0].partition("_")[0].lower().removeprefix("amazon")
    if request.content_type == FORM and dict(parse_qsl(body.decode("utf-8", "replace"))).get("Version") == SQS_VERSION:
        return "sqs"
    return ""


def operation_of(request: web.Request, body: bytes) -> str:
    """Return the operation of a request in the query or the JSON protocol; the request itself in the others."""
    if target := request.headers.get(TARGET, ""):
        return target.rpartition(".")[2]
    if request.content_type == FORM:
        return dict(parse_qsl(body.decode("utf-8", "replace"))).get("Action", "a form")
    return f"{request.method} {request.rel_url.raw_path}"


def not_built(request: web.Request, service: str, operation: str) -> web.Response:
    """Return a refusal that boto3 can read in this service's protocol."""
    message = f"{operation} of {service} is not built in this emulator: port 9001 serves lambda and sqs"
    if request.content_type == FORM:
        text = f"<ErrorResponse><Error>{_told(message)}</Error><RequestId>-</RequestId></ErrorResponse>"
    elif service == "s3":
        text = f"<Error>{_told(message)}</Error>"
    else:
        body = json.dumps({"__type": NOT_IMPLEMENTED, "message": message})
        headers = {"x-amzn-ErrorType": NOT_IMPLEMENTED}
        return web.Response(status=501, text=body, content_type="application/x-amz-json-1.0", headers=headers)
    return web.Response(status=501, text=text, content_type="text/xml")


def _told(message: str) -> str:
    return f"<Code>NotImplemented</Code><Message>{escape(message)}</Message>"
