"""`AWS::Lambda::EventSourceMapping` and `EventInvokeConfig`, with Lambda's ranges and messages."""

from collections.abc import Mapping

from emulator.aws import limits
from emulator.aws.identifiers import LATEST, is_fifo
from emulator.event_source.filters import INVALID, FilterError, parse
from emulator.properties import Properties, RefusalError, TemplateError
from emulator.resources import EventInvokeConfig, EventSourceMapping, Function, Queue
from emulator.resources.function import named_function
from emulator.template.queue_arns import KnownQueues


def read_event_invoke(
    properties: Properties, queues: KnownQueues, functions: Mapping[str, Function]
) -> EventInvokeConfig:
    """Read what becomes of a function's asynchronous invocations; destinations are standard queues."""
    function = named_function(properties, "FunctionName", functions)
    properties.text("Qualifier", choices=(LATEST,))
    destinations = properties.block("DestinationConfig")
    config = EventInvokeConfig(
        function.name,
        maximum_retries=properties.integer("MaximumRetryAttempts", limits.RETRY_ATTEMPTS),
        maximum_age_s=properties.integer("MaximumEventAgeInSeconds", limits.EVENT_AGE_S),
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
    if is_fifo(queue):
        raise TemplateError(
            destination.at("Destination"),
            f"{queues.arn(queue)}: a FIFO queue cannot be a destination; name a standard queue",
        )
    return queue


def read_mapping(properties: Properties, queues: KnownQueues, functions: Mapping[str, Function]) -> EventSourceMapping:
    """Read one event source mapping; refuses what Lambda refuses, in its words (ES-10, ES-41, ES-44).

    Of a queue that is not known yet only the name is: its visibility is looked at when it is polled.
    """
    function = named_function(properties, "FunctionName", functions)
    name = queues.name(properties, "EventSourceArn")
    scaling, criteria = properties.block("ScalingConfig"), properties.block("FilterCriteria")
    mapping = EventSourceMapping(
        logical_id=properties.logical_id,
        queue=name,
        function=function.name,
        batch_size=properties.integer("BatchSize", limits.BATCH_SIZE),
        batch_window_s=properties.integer("MaximumBatchingWindowInSeconds", limits.BATCH_WINDOW_S),
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
    value = scaling.optional_integer("MaximumConcurrency", limits.MAXIMUM_CONCURRENCY)
    scaling.finish()
    return value


def _filter_patterns(criteria: Properties) -> tuple[str, ...]:
    """Read FilterCriteria (ES-30, ES-33)."""
    entries = criteria.raw("Filters") or []
    criteria.finish()
    if not isinstance(entries, list) or len(entries) > limits.FILTERS:
        raise TemplateError(criteria.at("Filters"), f"must be a list of at most {limits.FILTERS} filters")
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
    if is_fifo(mapping.queue) and (mapping.batch_size > limits.BATCH_SIZE_AT_ONCE or mapping.batch_window_s):
        key = "BatchSize" if mapping.batch_size > limits.BATCH_SIZE_AT_ONCE else "MaximumBatchingWindowInSeconds"
        raise TemplateError(properties.at(key), "a FIFO queue's batches have at most 10 messages and no batch window")
    if mapping.batch_size > limits.BATCH_SIZE_AT_ONCE and not mapping.batch_window_s:
        raise RefusalError(
            properties.at("BatchSize"),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )


def _check_visibility(properties: Properties, queue: Queue, function: Function) -> None:
    if words := queue.too_brief(function.timeout_s):
        cure = f"raise {queue.name}'s VisibilityTimeout, best to 6 times the timeout"
        raise RefusalError(properties.path, words, f"{words}; {cure}")
