"""SQS calls that arrive on port 9001 go on to the queue server: one AWS_ENDPOINT_URL is enough for a boto3 program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from aiohttp import web

TARGET = "AmazonSQS."
FORM = "application/x-www-form-urlencoded"
KEPT = ("content-type", "x-amz-target", "x-amzn-query-mode", "authorization", "x-amz-date", "x-amzn-trace-id")
TIMEOUT_S = 40.0  #: longer than the longest long poll


@dataclass(frozen=True, slots=True)
class SqsForward:
    """Passes calls in both of SQS's protocols on."""

    http: aiohttp.ClientSession
    endpoint: str  #: of the queue server
    public: str  #: as callers reach it: the queue URLs in its answers begin with that
    account_id: str

    def wants(self, request: web.Request) -> bool:
        """Tell whether a request is one for SQS, in its JSON or in its query protocol."""
        if request.headers.get("x-amz-target", "").startswith(TARGET):
            return True
        return request.method == "POST" and request.content_type == FORM and "x-amz-target" not in request.headers

    async def __call__(self, request: web.Request) -> web.Response:
        """Forward one call and return its answer."""
        body = self._with_queue_url(await request.read(), request.content_type)
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        headers["host"] = urlsplit(self.public).netloc
        try:
            async with self.http.post(
                self.endpoint, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
            ) as answer:
                told = {"content-type": answer.headers.get("content-type", "application/x-amz-json-1.0")}
                for name in ("x-amzn-requestid", "x-amzn-query-error"):
                    if name in answer.headers:
                        told[name] = answer.headers[name]
                return web.Response(status=answer.status, body=await answer.read(), headers=told)
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"the queue server at {self.endpoint} does not answer ({error or type(error).__name__})"
            return web.json_response({"__type": "ServiceUnavailable", "message": message}, status=503)

    def _with_queue_url(self, body: bytes, content_type: str) -> bytes:
        """Make a bare queue name that stands for a queue URL a whole one."""
        try:
            if content_type == FORM:
                pairs = parse_qsl(body.decode(), keep_blank_values=True)
                return urlencode([(k, self._whole(v) if k == "QueueUrl" else v) for k, v in pairs]).encode()
            content = json.loads(body)
        except ValueError:
            return body
        if isinstance(content, Mapping) and isinstance(content.get("QueueUrl"), str):
            return json.dumps({**content, "QueueUrl": self._whole(content["QueueUrl"])}).encode()
        return body

    def _whole(self, queue: str) -> str:
        name = queue.rsplit("/", 1)[-1]
        return f"{self.public}/{self.account_id}/{name}"
