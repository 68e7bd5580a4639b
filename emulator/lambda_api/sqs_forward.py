"""SQS calls that arrive on port 9001 go on to the queue server: one AWS_ENDPOINT_URL is enough for a boto3 program."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from aiohttp import web

from emulator.json_text import read_json
from emulator.lambda_api.services import FORM
from emulator.queues.sqs_json import unsigned

#: the rest is the connection's own
KEPT = ("content-type", "x-amz-target", "x-amzn-query-mode", "authorization", "x-amz-date", "x-amzn-trace-id")
TOLD = ("x-amzn-requestid", "x-amzn-query-error")
TIMEOUT_S = 40.0  #: longer than the longest long poll


@dataclass(frozen=True, slots=True)
class SqsForward:
    """Passes calls in both of SQS's protocols on."""

    http: aiohttp.ClientSession
    endpoint: str  #: of the queue server
    public: str  #: as callers reach it: the queue URLs in its answers begin with that
    account_id: str
    region: str

    async def __call__(self, request: web.Request, body: bytes) -> web.Response:
        """Forward one call and return its answer."""
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        headers.setdefault("authorization", unsigned(self.region))
        headers["host"] = urlsplit(self.public).netloc
        try:
            async with self.http.post(
                self.endpoint,
                data=self._with_queue_url(body, request),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as answer:
                told = {"content-type": answer.headers.get("content-type", "application/x-amz-json-1.0")}
                told |= {name: answer.headers[name] for name in TOLD if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=told)
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"the queue server at {self.endpoint} does not answer ({error or type(error).__name__})"
            return web.json_response({"__type": "ServiceUnavailable", "message": message}, status=503)

    def _with_queue_url(self, body: bytes, request: web.Request) -> bytes:
        """Make what stands for a queue a whole URL: a bare name, a URL of another host, a form's path."""
        try:
            if request.content_type == FORM:
                fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
                queue = fields.get("QueueUrl") or request.path.strip("/")
                return urlencode({**fields, **({"QueueUrl": self._whole(queue)} if queue else {})}).encode()
            content = read_json(body)
        except ValueError:
            return body
        if isinstance(content, dict) and isinstance(content.get("QueueUrl"), str):
            return json.dumps({**content, "QueueUrl": self._whole(content["QueueUrl"])}).encode()
        return body

    def _whole(self, queue: str) -> str:
        name = queue.rstrip("/").rsplit("/", 1)[-1]
        return f"{self.public}/{self.account_id}/{name}"
