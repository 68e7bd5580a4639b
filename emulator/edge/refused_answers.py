"""Writes refusals in the caller's protocol, so that boto3 shows their message: JSON, SQS's forms, or S3's XML."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from aiohttp import web

from emulator.aws.error_types import NOT_IMPLEMENTED
from emulator.queues.form import FORM

JSON = "application/x-amz-json-1.0"
#: the error's name in JSON and in XML, by status
_NAMES = {
    403: ("AccessDeniedException", "AccessDenied"),
    413: ("RequestTooLargeException", "RequestTooLarge"),
    501: (NOT_IMPLEMENTED, "NotImplemented"),
    502: ("ServiceUnavailableException", "ServiceUnavailable"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The status and the message of a refusal."""

    status: int  #: 403, 413, 501 or 502
    message: str


def answer_refused(request: web.BaseRequest, fault: Fault, service: str = "") -> web.Response:
    """Return a refusal that an SDK can read in this service's protocol."""
    kind, code = _NAMES[fault.status]
    error = f"<Code>{code}</Code><Message>{escape(fault.message)}</Message>"
    if request.content_type == FORM:
        text = f"<ErrorResponse><Error>{error}</Error><RequestId>-</RequestId></ErrorResponse>"
    elif service == "s3":
        text = f"<Error>{error}</Error>"
    else:
        body = json.dumps({"__type": kind, "message": fault.message, "Message": fault.message})
        headers = {"x-amzn-ErrorType": kind}
        return web.Response(status=fault.status, text=body, content_type=JSON, headers=headers)
    return web.Response(status=fault.status, text=text, content_type="text/xml")
