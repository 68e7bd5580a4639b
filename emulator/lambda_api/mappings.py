"""Event source mappings through the API: create, get, list, update, delete (ES-40 to ES-44)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.aws.error_types import NO_FUNCTION
from emulator.lambda_api.api_errors import ApiError, invalid, not_found, refusal
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.queue_lookup import look_up
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.lambda_api.tags import check_tags
from emulator.properties import Properties, TemplateError
from emulator.queues import DescribedQueues
from emulator.resources import EventSourceMapping, Queue
from emulator.resources.event_source_mapping import CHANGEABLE, FIXED
from emulator.resources.function import FUNCTION_NAME
from emulator.stack.live_mappings import SETTLED, LiveMapping
from emulator.stack.stack import Stack

NO_QUEUE = (
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue."
    " SQS Error Message: The specified queue does not exist."
)


class MappingApi:
    """Describes the stack's mappings, and adds, changes and deletes them there."""

    def __init__(self, stack: Stack, directory: Directory, server: DescribedQueues) -> None:
        self._stack = stack
        self._directory = directory
        self._server = server

    @operation(*CHANGEABLE, *FIXED)
    async def create_event_source_mapping(self, request: ApiRequest) -> ApiResponse:
        """Add a mapping; refused in Lambda's words."""
        arn = request.text("EventSourceArn")
        if not arn:
            raise invalid("Unrecognized event source.")
        if ":sqs:" not in arn:
            raise invalid(f"EventSourceArn {arn!r} is no queue: other event sources are not emulated")
        mapping, queue = await self._read(request.parameters, request.operation)
        if queue is None:
            raise invalid(NO_QUEUE)
        self._check_twice(mapping, "")
        check_tags(tags := request.parameters.get("Tags", {}))
        live = self._stack.mappings.add(mapping)
        if tags:
            self._stack.put_tags(live.uuid, tags)
        return ApiResponse(self.describe(live))

    @operation()
    async def get_event_source_mapping(self, request: ApiRequest) -> ApiResponse:
        """Describe one mapping."""
        return ApiResponse(self.describe(self._live(request.text("UUID"))))

    @operation("EventSourceArn", "FunctionName", "Marker", "MaxItems")
    async def list_event_source_mappings(self, request: ApiRequest) -> ApiResponse:
        """Describe the mappings of a queue, of a function, which need not exist (ES-53), or all."""
        arn, name = request.text("EventSourceArn"), request.text("FunctionName")
        wanted = self._directory.reference(name) if name else None
        found = [
            self.describe(live)
            for live in self._stack.mappings.values()
            if (not arn or self._directory.queue_arn(live.mapping.queue) == arn)
            and (not wanted or (live.mapping.function, live.mapping.qualifier) == (wanted.name, wanted.qualifier))
        ]
        return ApiResponse(page("EventSourceMappings", found, request))

    @operation(*CHANGEABLE)
    async def update_event_source_mapping(self, request: ApiRequest) -> ApiResponse:
        """Change a mapping; members not in the request stay. If its queue does not exist, the mapping waits for it."""
        identifier, wanted = request.text("UUID"), request.without(["UUID"])
        live = self._settled(identifier, "update")
        properties = live.mapping.changed_properties(wanted, self._directory.arns)
        read, _ = await self._read(properties, request.operation)
        changed = replace(read, logical_id=live.mapping.logical_id)
        self._check_twice(changed, identifier)
        self._settled(identifier, "update")  # the queue server was asked meanwhile
        return ApiResponse(self.describe(self._stack.mappings.update(identifier, changed)))

    @operation()
    async def delete_event_source_mapping(self, request: ApiRequest) -> ApiResponse:
        """End a mapping."""
        live = self._settled(request.text("UUID"), "delete")
        return ApiResponse(self.describe(self._stack.mappings.delete(live.uuid)))

    def describe(self, live: LiveMapping) -> dict[str, Any]:
        """Return an EventSourceMappingConfiguration."""
        modified = self._stack.mappings.modified(live.uuid)
        return live.mapping.describe(self._directory.arns, uuid=live.uuid, state=live.state.value, modified=modified)

    async def _read(self, request: Mapping[str, Any], operation: str) -> tuple[EventSourceMapping, Queue | None]:
        """Validate as the template's mappings are, for a request's fields have the same names; return also the queue.

        The queue is as it is now: it may have been made or changed since the start.
        """
        try:
            target = self._directory.target(str(request.get(FUNCTION_NAME, "")))
        except ApiError as error:
            raise invalid(NO_FUNCTION) from error
        try:
            properties = Properties.from_request({**request, FUNCTION_NAME: target.name})
            queue_name = self._directory.known_queues().name(properties, "EventSourceArn")
            queue = await look_up(self._server, queue_name)
            known = self._directory.known_queues(queue) if queue else self._directory.known_queues()
            mapping = EventSourceMapping.read(properties, known, self._directory.functions)
            return replace(mapping, qualifier=target.qualifier), queue
        except TemplateError as error:
            raise refusal(error, operation) from error

    def _live(self, identifier: str) -> LiveMapping:
        live = self._stack.mappings.get(identifier)
        if live is None:
            raise not_found("The resource you requested does not exist.")
        return live

    def _settled(self, identifier: str, verb: str) -> LiveMapping:
        live = self._live(identifier)
        if live.state not in SETTLED:
            message = f"Cannot {verb} the event source mapping because it is in use."
            raise ApiError(400, "ResourceInUseException", message)
        return live

    def _check_twice(self, mapping: EventSourceMapping, identifier: str) -> None:
        """Refuse a second mapping of the same queue and function (ES-43)."""
        for live in self._stack.mappings.values():
            if live.mapping.queue_and_function == mapping.queue_and_function and live.uuid != identifier:
                arn = self._directory.queue_arn(mapping.queue)
                where = f'SQS arn (" {arn} ") and function (" {mapping.target} ")'
                advice = f"Please update or delete the existing mapping with UUID {live.uuid}"
                message = f"An event source mapping with {where} already exists. {advice}"
                raise ApiError(409, "ResourceConflictException", message)
