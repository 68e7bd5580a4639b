"""Finds the AWS service that a request is for, and refuses services and operations that are not emulated."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from emulator.aws.identifiers import SQS_VERSION
from emulator.edge.refused_answers import Fault, answer_refused
from emulator.queues.form import FORM
from emulator.queues.forward import TARGET
from emulator.queues.queue_service import SqsCalls

log = logging.getLogger(__name__)

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[^/,\s]+/([a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Services:
    """The services of AWS at one port."""

    sqs: SqsCalls
    served: str  #: the port's description for errors, such as "port 9001 serves lambda and sqs"
    usual: str = "lambda"  #: the service of a request that names no service
    logs: Callable[[web.Request, bytes], Awaitable[web.Response]] | None = None  #: CloudWatch Logs' calls, if served
    public_sqs: str = ""  #: the start of queue URLs in answers; "" means the address that the caller used

    async def answer(self, request: web.Request, body: bytes) -> web.Response | None:
        """Return SQS's answer, or the refusal of another service by name; None for Lambda's own requests."""
        service = service_of(request, body) or self._unnamed(request)
        if service == "sqs":
            return await self.sqs(request, body, public=self.public_sqs)
        if service == "logs" and self.logs:
            return await self.logs(request, body)
        if service == "lambda" == self.usual:
            return None
        name = operation_of(request, body)
        log.warning("%s of %s is refused: %s", name, service, self.served)
        message = f"{name} of {service} is not built in this emulator: {self.served}"
        return answer_refused(request, Fault(501, message), service)

    def _unnamed(self, request: web.Request) -> str:
        """Return the service of a request that names none; a form cannot be for Lambda, which takes no forms."""
        return "an unknown service" if self.usual == "lambda" and request.content_type == FORM else self.usual


def service_of(request: web.Request, body: bytes) -> str:
    """Return the service's name as in signatures (`sqs`, `sts`); "" if the request does not name it.

    A signature names its service, the JSON protocols name it in X-Amz-Target; an unsigned form has the version of
    its service's API. All services come to one endpoint, because AWS_ENDPOINT_URL directs every boto3 client to it.
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
