"""CloudWatch Logs over HTTP: AWS JSON 1.1, by botocore's model."""

import json
import logging
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.aws.error_types import NOT_IMPLEMENTED
from emulator.cloudwatch_logs.logs_operations import INVALID_PARAMETER, LogsError, LogsOperations
from emulator.journal.journal import JournalOffError
from emulator.json_text import read_json
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.validation import check
from emulator.queues.embedded.errors import SqsError
from emulator.queues.wire.json_values import json_reader

log = logging.getLogger(__name__)

SERVED = ("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents")
TARGET_PREFIX = "Logs_20140328."
CONTENT_TYPE = "application/x-amz-json-1.1"
UNAVAILABLE = "ServiceUnavailableException"


@dataclass(slots=True)
class LogsCalls:
    """Answers calls of CloudWatch Logs."""

    operations: LogsOperations
    _model: ServiceModel | None = field(default=None)  #: loaded at the first call: most users make none

    async def __call__(self, request: web.Request, body: bytes) -> web.Response:
        """Answer one call."""
        name = request.headers.get("x-amz-target", "").removeprefix(TARGET_PREFIX)
        try:
            return _answer(200, await self._result(name, body))
        except LogsError as error:
            return _refused(400, error)
        except JournalOffError as error:
            return _refused(503, LogsError(UNAVAILABLE, str(error)))

    async def _result(self, name: str, body: bytes) -> dict[str, Any]:
        if name not in SERVED:
            message = f"{name or 'A request without X-Amz-Target'} of logs is not emulated; {', '.join(SERVED)} are"
            log.warning("%s", message)
            raise LogsError(NOT_IMPLEMENTED, message)
        parameters = self._parameters(name, body)
        result: dict[str, Any] = await getattr(self.operations, xform_name(name))(parameters)
        return result

    def _parameters(self, name: str, body: bytes) -> dict[str, Any]:
        """Read a call's parameters, and check them by the model. Raises `LogsError`."""
        shape = self._service().operation_model(name).input_shape
        try:
            parameters: dict[str, Any] = json_reader(shape)(read_json(body or b"{}"))
        except (SqsError, ValueError) as error:
            text = error.message if isinstance(error, SqsError) else f"The body is no JSON: {error}"
            raise LogsError("SerializationException", text) from error
        try:
            check(shape, parameters)
        except ApiError as error:
            raise LogsError(INVALID_PARAMETER, error.message) from error
        return parameters

    def _service(self) -> ServiceModel:
        """Return botocore's own model; one in the user's `~/.aws/models` would change what is refused."""
        if self._model is None:
            loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
            self._model = ServiceModel(loader.load_service_model("logs", "service-2"), "logs")
        return self._model


def _refused(status: int, error: LogsError) -> web.Response:
    status = 501 if error.kind == NOT_IMPLEMENTED else status
    return _answer(status, {"__type": error.kind, "message": error.message})


def _answer(status: int, content: dict[str, Any]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": CONTENT_TYPE}
    return web.Response(status=status, body=json.dumps(content).encode("utf-8", "replace"), headers=headers)
