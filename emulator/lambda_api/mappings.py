"""Event source mappings through the API: create, get, list, update, delete (ES-40 to ES-44)."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from emulator.event_source.filters import INVALID
from emulator.event_source.mappings import SETTLED, Entry, Mappings
from emulator.lambda_api.errors import ApiError, invalid, not_found
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory
from emulator.resources import EventSourceMapping, Queue
from emulator.template import TemplateError
from emulator.template.lambda_types import read_mapping

#: what an update can change, and the field that holds it
CHANGEABLE = {
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "batch_window_s",
    "Enabled": "enabled",
    "ScalingConfig": "maximum_concurrency",
    "FunctionResponseTypes": "report_batch_item_failures",
    "FilterCriteria": "filter_patterns",
    "FunctionName": "function",
}
NO_QUEUE = (
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue."
    " SQS Error Message: The specified queue does not exist."
)
VALIDATION = "1 validation error detected: "
LAMBDAS_WORDS = (VALIDATION, INVALID, "Maximum batch window in seconds", "Queue visibility timeout")


class MappingApi:
    """Turns requests into changes of the running mappings, and mappings into answers."""

    def __init__(self, mappings: Mappings, directory: Directory, queues: Mapping[str, Queue]) -> None:
        self._mappings = mappings
        self._directory = directory
        self._queues = {self._queue_arn(name): queue for name, queue in queues.items()}

    def create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Add a mapping; refused in Lambda's words."""
        arn = str(request.get("EventSourceArn", ""))
        if ":sqs:" not in arn:
            raise invalid(f"EventSourceArn {arn!r} is no queue: only SQS is built in this emulator")
        mapping = self._read(request)
        for entry in self._mappings.all():
            if (entry.mapping.queue, entry.mapping.function) == (mapping.queue, mapping.function):
                raise self._conflict(entry, arn)
        return self.describe(self._mappings.create(mapping))

    def get(self, identifier: str) -> dict[str, Any]:
        """Return one mapping."""
        return self.describe(self._entry(identifier))

    def list(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the mappings of a queue, of a function, or all."""
        arn, name = query.get("EventSourceArn"), query.get("FunctionName")
        function = self._directory.find(name).name if name else None
        found = [
            self.describe(entry)
            for entry in self._mappings.all()
            if (not arn or self._queue_arn(entry.mapping.queue) == arn)
            and (not function or entry.mapping.function == function)
        ]
        items, marker = page(found, query)
        return {"EventSourceMappings": items, **({"NextMarker": marker} if marker else {})}

    def update(self, identifier: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Change a mapping; what the request does not name stays as it is."""
        entry = self._settled(identifier, "update")
        unknown = sorted(set(request) - set(CHANGEABLE))
        if unknown:
            raise invalid(f"UpdateEventSourceMapping: {unknown[0]} is not built in this emulator")
        read = self._read({**self._settings(entry.mapping), **request})
        changes = {CHANGEABLE[key]: getattr(read, CHANGEABLE[key]) for key in request}
        self._mappings.update(entry, dataclasses.replace(entry.mapping, **changes))
        return self.describe(entry)

    def delete(self, identifier: str) -> dict[str, Any]:
        """End a mapping."""
        entry = self._settled(identifier, "delete")
        self._mappings.delete(entry)
        return self.describe(entry)

    def describe(self, entry: Entry) -> dict[str, Any]:
        """Return an EventSourceMappingConfiguration."""
        settings = {k: v for k, v in self._settings(entry.mapping).items() if k not in ("FunctionName", "Enabled")}
        return {
            "UUID": entry.uuid,
            "EventSourceMappingArn": self._arn("lambda", f"event-source-mapping:{entry.uuid}"),
            "FunctionArn": self._directory.arn(entry.mapping.function),
            **settings,
            "State": entry.state.value,
            "StateTransitionReason": "USER_INITIATED",
            "LastModified": entry.modified,
        }

    def _settings(self, mapping: EventSourceMapping) -> dict[str, Any]:
        scaling = {"MaximumConcurrency": mapping.maximum_concurrency} if mapping.maximum_concurrency else None
        settings = {
            "EventSourceArn": self._queue_arn(mapping.queue),
            "FunctionName": mapping.function,
            "BatchSize": mapping.batch_size,
            "MaximumBatchingWindowInSeconds": mapping.batch_window_s,
            "FunctionResponseTypes": ["ReportBatchItemFailures"] if mapping.report_batch_item_failures else [],
            "Enabled": mapping.enabled,
        }
        filters = {"Filters": [{"Pattern": pattern} for pattern in mapping.filter_patterns]}
        return (
            settings
            | ({"ScalingConfig": scaling} if scaling else {})
            | ({"FilterCriteria": filters} if mapping.filter_patterns else {})
        )

    def _read(self, request: Mapping[str, Any]) -> EventSourceMapping:
        """Validate as the template's mappings are: a request's fields have the same names."""
        try:
            name = self._directory.find(str(request.get("FunctionName", ""))).name
        except ApiError as error:
            raise invalid("Function does not exist") from error
        if request.get("EventSourceArn") not in self._queues:
            raise invalid(NO_QUEUE)
        values = {**request, "FunctionName": name}
        try:
            return read_mapping(values, "", self._queues, self._directory.functions)
        except TemplateError as error:
            raise _refusal(error) from error

    def _entry(self, identifier: str) -> Entry:
        entry = self._mappings.get(identifier)
        if entry is None:
            raise not_found("The resource you requested does not exist.")
        return entry

    def _settled(self, identifier: str, verb: str) -> Entry:
        entry = self._entry(identifier)
        if entry.state not in SETTLED:
            message = f"Cannot {verb} the event source mapping because it is in use."
            raise ApiError(400, "ResourceInUseException", message)
        return entry

    def _conflict(self, entry: Entry, arn: str) -> ApiError:
        where = f'SQS arn (" {arn} ") and function (" {entry.mapping.function} ")'
        advice = f"Please update or delete the existing mapping with UUID {entry.uuid}"
        return ApiError(
            409, "ResourceConflictException", f"An event source mapping with {where} already exists. {advice}"
        )

    def _queue_arn(self, name: str) -> str:
        return self._arn("sqs", name)

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self._directory.region}:{self._directory.account_id}:{resource}"


def _refusal(error: TemplateError) -> ApiError:
    """Return the API's error for what the template's reader refuses: Lambda's own words without our path."""
    message = str(error).removeprefix("Resources..Properties").removeprefix(".").removeprefix(": ")
    for own in LAMBDAS_WORDS:
        _, found, rest = message.partition(own)
        if found:
            return ApiError(400, "ValidationException", own + rest) if own == VALIDATION else invalid(own + rest)
    return invalid(message)
