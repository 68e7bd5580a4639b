"""`AWS::Lambda::EventSourceMapping` and `EventInvokeConfig`, with Lambda's ranges and messages."""

from collections.abc import Mapping
from typing import Any

from emulator.event_source.filters import INVALID, FilterError, parse
from emulator.resources import EventInvokeConfig, EventSourceMapping, Function, Queue
from emulator.template.document import RefusalError, TemplateError
from emulator.template.lambda_types import function_named
from emulator.template.properties import Properties
from emulator.template.queue_arns import KnownQueues

MAXIMUM_FILTERS = 10  #: 5 at first, 10 by quota (ES-30)


def read_event_invoke(
    values: dict[str, Any], logical_id: str, queues: KnownQueues, functions: Mapping[str, Function]
) -> EventInvokeConfig:
    """Read what becomes of a function's asynchronous invocations; destinations are standard queues."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    function = function_named(properties, "FunctionName", functions)
    properties.text("Qualifier", choices=("$LATEST",))
    destinations = properties.block("DestinationConfig")
    config = EventInvokeConfig(
        function.name,
        maximum_retries=properties.integer("MaximumRetryAttempts", 0, 2, default=2),
        maximum_age_s=properties.integer("MaximumEventAgeInSeconds", 60, 21_600, default=21_600),
        on_failure=_destination(destinations, "OnFailure", queues) if destinations else "",
        on_success=_destination(destinations, "OnSuccess", queues) if destinations else "",
    )
    for block in (destinations, properties):
        if block is not None:
            block.finish()
    return config


def _destination(block: Properties, name: str, queues: KnownQueues) -> str:
    destination = block.block(name)
    if destination is None:
        return ""
    queue = queues.name(destination, "Destination")
    destination.finish()
    if queue.endswith(".fifo"):
        raise TemplateError(
            destination.at("Destination"),
            f"{queues.arn(queue)}: a FIFO queue cannot be a destination; name a standard queue",
        )
    return queue


def read_mapping(
    values: dict[str, Any], logical_id: str, queues: KnownQueues, functions: Mapping[str, Function]
) -> EventSourceMapping:
    """Read one event source mapping; refuses what Lambda refuses, in its words (ES-10, ES-41, ES-44).

    Of a queue that is not known yet only the name is: its visibility is looked at when it is polled.
    """
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    function = function_named(properties, "FunctionName", functions)
    name = queues.name(properties, "EventSourceArn")
    scaling, criteria = properties.block("ScalingConfig"), properties.block("FilterCriteria")
    mapping = EventSourceMapping(
        logical_id=logical_id,
        queue=name,
        function=function.name,
        batch_size=properties.integer("BatchSize", 1, 10_000, default=10),
        batch_window_s=properties.integer("MaximumBatchingWindowInSeconds", 0, 300, default=0),
        report_batch_item_failures=bool(
            properties.texts("FunctionResponseTypes", choices=("ReportBatchItemFailures",))
        ),
        maximum_concurrency=_maximum_concurrency(scaling) if scaling else None,
        filter_patterns=_filter_patterns(criteria) if criteria else (),
        enabled=properties.boolean("Enabled", default=True),
    )
    properties.accept("Tags")
    properties.finish()
    _check_batches(properties, mapping)
    if name in queues.by_name:
        _check_visibility(properties, queues.by_name[name], function)
    return mapping


def _maximum_concurrency(scaling: Properties) -> int | None:
    value = scaling.integer("MaximumConcurrency", 2, 1_000, default=2) if scaling.has("MaximumConcurrency") else None
    scaling.finish()
    return value


def _filter_patterns(criteria: Properties) -> tuple[str, ...]:
    """Read FilterCriteria (ES-30, ES-33)."""
    entries = criteria.raw("Filters") or []
    criteria.finish()
    if not isinstance(entries, list) or len(entries) > MAXIMUM_FILTERS:
        raise TemplateError(criteria.at("Filters"), f"must be a list of at most {MAXIMUM_FILTERS} filters")
    patterns = [Properties.of(criteria.at(f"Filters[{i}]"), entry) for i, entry in enumerate(entries)]
    texts = tuple(pattern.raw("Pattern") for pattern in patterns)
    for pattern in patterns:
        pattern.finish()
    try:
        parse(texts)
    except FilterError as error:
        raise RefusalError(criteria.path, INVALID, str(error)) from error
    return texts


def _check_batches(properties: Properties, mapping: EventSourceMapping) -> None:
    if mapping.queue.endswith(".fifo") and (mapping.batch_size > 10 or mapping.batch_window_s):
        key = "BatchSize" if mapping.batch_size > 10 else "MaximumBatchingWindowInSeconds"
        raise TemplateError(properties.at(key), "a FIFO queue's batches have at most 10 messages and no batch window")
    if mapping.batch_size > 10 and not mapping.batch_window_s:
        raise RefusalError(
            properties.at("BatchSize"),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )


def _check_visibility(properties: Properties, queue: Queue, function: Function) -> None:
    if words := queue.too_brief(function.timeout_s):
        cure = f"raise {queue.name}'s VisibilityTimeout, best to 6 times the timeout"
        raise RefusalError(properties.path, words, f"{words}; {cure}")
