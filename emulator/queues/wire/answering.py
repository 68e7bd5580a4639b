"""Answers SQS's calls, in either protocol, from the queues in this process."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from emulator.aws.trace_header import usable_header
from emulator.events import Emit
from emulator.queues.embedded.errors import INTERNAL_ERROR, SqsError
from emulator.queues.sent_messages import sent_messages
from emulator.queues.wire.json_protocol import CONTENT_TYPE_JSON, json_operation, json_parameters, json_result
from emulator.queues.wire.query_protocol import CONTENT_TYPE_XML, Form, form_operation, form_parameters, xml_result
from emulator.queues.wire.sqs_errors import json_error, spelling_of, xml_error
from emulator.queues.wire.sqs_operations import SqsOperation
from emulator.queues.wire.trace_headers import with_trace_header, without_unsent_digest

log = logging.getLogger(__name__)

_URLS = ("QueueUrl", "QueueUrls", "queueUrls")  #: members of results that hold URLs of queues


class SqsService(Protocol):
    """Carries out operations of SQS."""

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return an operation's result. Raises `SqsError` if SQS refuses the call."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """One call, as it was received over HTTP."""

    request: web.Request
    body: bytes
    base: str  #: the beginning of queue URLs in the answer
    request_id: str

    @property
    def target(self) -> str | None:
        """X-Amz-Target; empty if a JSON call does not have the header; None for the query protocol."""
        target = self.request.headers.get("x-amz-target")
        if target is None and self.request.content_type.startswith("application/x-amz-json"):
            return ""
        return target


@dataclass(frozen=True, slots=True)
class EmbeddedAnswers:
    """SQS's endpoint for the queues in this process.

    A queue is found by its name, whatever host, account and region the caller's URL has. URLs in answers begin with
    the address that the caller used, so that programs on this machine and in containers can both use them.
    """

    service: SqsService
    operations: Mapping[str, SqsOperation] = field(repr=False)
    emit: Emit | None = None  #: called with sent messages

    async def __call__(self, request: web.Request, body: bytes, *, public: str = "") -> web.Response:
        """Answer one call; queue URLs in the answer begin with `public`, or with the address that the caller used."""
        received = Received(request, body, public or f"{request.scheme}://{request.host}", str(uuid.uuid4()))
        target = received.target
        try:
            if target is None:
                return await self._query(received)
            return await self._json(received, target)
        except SqsError as error:
            return _refused(received, error)
        except Exception:
            log.exception("SQS's call %s failed (RequestId %s)", target or "of the query protocol", received.request_id)
            failure = SqsError(INTERNAL_ERROR, "The emulator failed to answer; its log says why.")
            return _refused(received, failure)

    async def _json(self, received: Received, target: str) -> web.Response:
        operation = json_operation(self.operations, target)
        result = await self._call(received, operation, json_parameters(operation, received.body))
        headers = {"x-amzn-RequestId": received.request_id, "Content-Type": CONTENT_TYPE_JSON}
        return web.Response(body=json_result(operation, result), headers=headers)

    async def _query(self, received: Received) -> web.Response:
        request = received.request
        form = Form.read(received.base + request.path, request.path, request.rel_url.raw_query_string, received.body)
        operation = form_operation(self.operations, form)
        result = await self._call(received, operation, form_parameters(operation, form))
        headers = {"x-amzn-RequestId": received.request_id, "Content-Type": CONTENT_TYPE_XML}
        return web.Response(body=xml_result(operation, result, received.request_id), headers=headers)

    async def _call(
        self, received: Received, operation: SqsOperation, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        traced_parameters = parameters
        header = usable_header(received.request.headers.get("x-amzn-trace-id", ""))
        if header and operation.sends:
            traced_parameters = with_trace_header(parameters, header)
            result = without_unsent_digest(await self.service.call(operation.name, traced_parameters), parameters)
        else:
            result = await self.service.call(operation.name, parameters)
        if self.emit and operation.sends:
            for sent in sent_messages(traced_parameters, result):
                self.emit(sent)
        if failed := result.get("Failed"):
            return {**result, "Failed": [{**entry, "Code": spelling_of(entry["Code"]).query_code} for entry in failed]}
        if any(name in result for name in _URLS):
            return {name: _at(received.base, value) if name in _URLS else value for name, value in result.items()}
        return result


def _at(base: str, urls: Any) -> Any:
    """Return a queue URL, or a list of them, with a new beginning; account and name are kept."""
    if isinstance(urls, str):
        return "/".join([base, *urls.rsplit("/", 2)[-2:]])
    return [_at(base, url) for url in urls]


def _refused(received: Received, error: SqsError) -> web.Response:
    written = spelling_of(error.code)
    if received.target is not None:
        headers = {"x-amzn-query-error": written.header, "Content-Type": CONTENT_TYPE_JSON}
        body = json_error(error)
    else:
        headers = {"Content-Type": CONTENT_TYPE_XML}
        body = xml_error(error, received.request_id)
    headers["x-amzn-RequestId"] = received.request_id
    return web.Response(status=written.status, body=body, headers=headers)
