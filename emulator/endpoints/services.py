"""Finds the AWS service that a request is for, and refuses services and operations that are not emulated."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from emulator.aws.identifiers import SQS_VERSION
from emulator.edge.refused_answers import Fault, answer_refused
from emulator.endpoints.further_services import FurtherServices
from emulator.endpoints.roles import NAMESPACES, Roles
from emulator.queues.form import FORM
from emulator.queues.forward import TARGET
from emulator.queues.queue_service import SqsCalls

log = logging.getLogger(__name__)

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[^/,\s]+/([a-z0-9-]+)/aws4_request")

_PRESIGNED = re.compile(r"[^/\s]+/\d{8}/[^/\s]+/([a-z0-9-]+)/aws4_request")
#: AWS's names of a service's endpoint, such as dynamodb.us-east-1.amazonaws.com, or of a bucket
_HOST = re.compile(r"(?:[a-z0-9.-]+\.(?=s3\.))?([a-z0-9-]+)\.(?:[a-z]{2}-[a-z-]+-\d\.)?amazonaws\.com(?::\d+)?")
_OLDER_HOSTS = {"queue": "sqs"}  #: what older names of endpoints call a service: queue.amazonaws.com


@dataclass(frozen=True, slots=True)
class Services:
    """The services of AWS at one port."""

    sqs: SqsCalls
    served: str  #: the port's description for errors, such as "port 9001 serves lambda and sqs"
    usual: str = "lambda"  #: the service of a request that names no service
    logs: Callable[[web.Request, bytes], Awaitable[web.Response]] | None = None  #: CloudWatch Logs' calls, if served
    roles: Roles | None = None  #: IAM's and STS's calls about roles, if served
    further: FurtherServices | None = None  #: servers that the user has named for further services
    public_sqs: str = ""  #: the start of queue URLs in answers; "" means the address that the caller used

    async def answer(self, request: web.Request, body: bytes) -> web.StreamResponse | None:
        """Return SQS's answer, or the refusal of another service by name; None for Lambda's own requests."""
        service = service_of(request, body) or self._unnamed(request)
        if service == "sqs":
            return await self.sqs(request, body, public=self.public_sqs)
        if service == "logs" and self.logs:
            return await self.logs(request, body)
        if service == "lambda" == self.usual:
            return None
        if self.further and service in self.further.endpoints:
            return await self.further.answer(request, body, service)
        if self.roles and service in NAMESPACES:
            return await self.roles.answer(request, body, service)
        name = operation_of(request, body)
        cure = f"; --endpoint {service}=URL passes its calls on to another server" if self.further else ""
        log.warning("%s of %s is refused: %s%s", name, service, self.served, cure)
        message = f"{name} of {service} is not emulated: {self.served}{cure}"
        return answer_refused(request, Fault(501, message), service)

    def is_further(self, request: web.Request, body: bytes) -> bool:
        """Return whether a request is for a service that another server has."""
        return self.further is not None and service_of(request, body) in self.further.endpoints

    def _unnamed(self, request: web.Request) -> str:
        """Return the service of a request that names none; a form cannot be for Lambda, which takes no forms."""
        return "an unknown service" if self.usual == "lambda" and request.content_type == FORM else self.usual


def service_of(request: web.Request, body: bytes) -> str:
    """Return the service's name as in signatures (`sqs`, `sts`); "" if the request does not name it.

    A signature names its service, also in a signed link. The JSON protocols name it in X-Amz-Target, an unsigned form
    has the version of its service's API, and AWS's own host names have the service in them. All services come to one
    endpoint, because AWS_ENDPOINT_URL directs every boto3 client to it.
    """
    if match := _SCOPE.search(request.headers.get("authorization", "")):
        return match[1]
    if match := _PRESIGNED.fullmatch(request.query.get("X-Amz-Credential", "")):
        return match[1]
    if {"AWSAccessKeyId", "Signature", "Expires"} <= set(request.query):  # a signed link of S3 in the older form
        return "s3"
    if target := request.headers.get(TARGET, ""):
        return target.partition(".")[0].partition("_")[0].lower().removeprefix("amazon")
    if request.content_type == FORM and dict(parse_qsl(body.decode("utf-8", "replace"))).get("Version") == SQS_VERSION:
        return "sqs"
    if match := _HOST.fullmatch(request.host):
        return _OLDER_HOSTS.get(match[1], match[1])
    return ""


def operation_of(request: web.Request, body: bytes) -> str:
    """Return the operation of a request in the query or the JSON protocol; the request itself in the others."""
    if target := request.headers.get(TARGET, ""):
        return target.rpartition(".")[2]
    if request.content_type == FORM:
        return dict(parse_qsl(body.decode("utf-8", "replace"))).get("Action", "a form")
    return f"{request.method} {request.rel_url.raw_path}"
