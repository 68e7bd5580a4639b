"""`AWS::Lambda::EventSourceMapping` from a queue to a function (ES-10, ES-14, ES-30, ES-33, ES-41, ES-44, ES-48)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.aws import limits
from emulator.aws.arns import Arns, resource_name
from emulator.aws.identifiers import is_fifo
from emulator.properties import Properties, RefusalError, TemplateError, without_nulls
from emulator.resources.filter_patterns import INVALID_PATTERN, FilterError, read_patterns
from emulator.resources.function import FUNCTION_ARN, FUNCTION_NAME, Function, named_function
from emulator.resources.provisioned_pollers import ProvisionedPollers
from emulator.resources.queue import KnownQueues, Queue

#: members of a description that are not properties of the mapping
IDENTITY = frozenset({"UUID", "EventSourceMappingArn", FUNCTION_ARN, "State", "StateTransitionReason", "LastModified"})
REPORT_FAILURES = "ReportBatchItemFailures"
ENABLED = "Enabled"  #: name of the property, and of the state of a polling mapping
POLLERS, METRICS = "ProvisionedPollerConfig", "MetricsConfig"
COUNTS = ("EventCount", "ErrorCount", "KafkaMetrics")  #: groups of CloudWatch metrics (ES-51)
#: properties that an update can change, and properties that are set at creation only
CHANGEABLE = (
    FUNCTION_NAME,
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "ScalingConfig",
    "FilterCriteria",
    POLLERS,
    METRICS,
    ENABLED,
)
FIXED = ("EventSourceArn", "Tags")


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """Which queue's messages a function gets, and how they are batched and filtered."""

    TYPE: ClassVar[str] = "AWS::Lambda::EventSourceMapping"

    logical_id: str
    queue: str  #: name of the queue
    function: str  #: name of the function
    batch_size: int = limits.BATCH_SIZE.default
    batch_window_s: int = limits.BATCH_WINDOW_S.default
    report_batch_item_failures: bool = False
    maximum_concurrency: int | None = None
    provisioned_pollers: ProvisionedPollers | None = None  #: None: not in provisioned mode
    filter_patterns: tuple[str, ...] = ()  #: a message must match one of them; without any, all messages pass
    enabled: bool = True
    metrics: tuple[str, ...] | None = None  #: chosen groups, without effect; None: never set (ES-51)
    qualifier: str = ""  #: the version or alias that is invoked; empty: the function as it is now

    @classmethod
    def read(
        cls, properties: Properties, queues: KnownQueues, functions: Mapping[str, Function]
    ) -> "EventSourceMapping":
        """Read a mapping; what Lambda refuses is refused with Lambda's message.

        `functions` has each function by its name and by its ARN. If the queue does not exist yet, its visibility
        timeout is checked when it is polled.
        """
        function, queue = (
            named_function(properties, FUNCTION_NAME, functions),
            queues.name(properties, "EventSourceArn"),
        )
        mapping = cls._read_between(properties, queue, function.name)
        _check_batches(properties, mapping)
        _check_scaling(properties, mapping)
        if queue in queues.by_name:
            _check_visibility(properties, queues.by_name[queue], function)
        return mapping

    @classmethod
    def read_description(cls, description: Mapping[str, Any], logical_id: str) -> "EventSourceMapping":
        """Read an EventSourceMappingConfiguration; the inverse of `describe`."""
        values = {key: value for key, value in description.items() if key not in IDENTITY}
        properties = Properties.from_resource(logical_id, {**values, ENABLED: description["State"] == ENABLED})
        queue, function = resource_name(properties.text("EventSourceArn")), resource_name(description[FUNCTION_ARN])
        return cls._read_between(properties, queue, function)

    @classmethod
    def _read_between(cls, properties: Properties, queue: str, function: str) -> "EventSourceMapping":
        """Read the properties of a mapping from this queue to this function."""
        scaling, criteria = properties.block_or_empty("ScalingConfig"), properties.block_or_empty("FilterCriteria")
        metrics = properties.block(METRICS)
        mapping = cls(
            logical_id=properties.logical_id,
            queue=queue,
            function=function,
            batch_size=properties.integer("BatchSize", limits.BATCH_SIZE),
            batch_window_s=properties.integer("MaximumBatchingWindowInSeconds", limits.BATCH_WINDOW_S),
            report_batch_item_failures=bool(properties.texts("FunctionResponseTypes", choices=(REPORT_FAILURES,))),
            maximum_concurrency=scaling.optional_integer("MaximumConcurrency", limits.MAXIMUM_CONCURRENCY),
            provisioned_pollers=ProvisionedPollers.read(properties.block(POLLERS)),
            filter_patterns=_filter_patterns(criteria),
            enabled=properties.boolean(ENABLED, default=True),
            metrics=metrics.texts("Metrics", choices=COUNTS) if metrics else None,
        )
        if metrics:
            metrics.finish()
        properties.accept("Tags")
        for block in (scaling, criteria, properties):
            block.finish()
        return mapping

    @property
    def queue_and_function(self) -> tuple[str, str]:
        """Queue and function, or version of one; Lambda allows one mapping between the same two (ES-43)."""
        return self.queue, self.target

    @property
    def target(self) -> str:
        """What is invoked: the function, with a qualifier if the mapping has one."""
        return f"{self.function}:{self.qualifier}" if self.qualifier else self.function

    def visibility_s(self, *, function_timeout_s: int, queue_s: int) -> int | None:
        """Return the visibility timeout with which messages are received; None for the queue's own (ES-12)."""
        longest = self.batch_window_s + function_timeout_s
        return longest + limits.WINDOW_VISIBILITY_S if self.batch_window_s and longest > queue_s else None

    def as_properties(self, arns: Arns) -> dict[str, Any]:
        """Return the properties from which `read` would make this mapping."""
        properties: dict[str, Any] = {
            "EventSourceArn": arns.queue(self.queue),
            FUNCTION_NAME: self.function,
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.batch_window_s,
            "FunctionResponseTypes": [REPORT_FAILURES] if self.report_batch_item_failures else [],
            ENABLED: self.enabled,
        }
        if self.maximum_concurrency:
            properties["ScalingConfig"] = {"MaximumConcurrency": self.maximum_concurrency}
        if self.provisioned_pollers:
            properties[POLLERS] = self.provisioned_pollers.describe()
        if self.metrics is not None:
            properties[METRICS] = {"Metrics": list(self.metrics)}
        if self.filter_patterns:
            properties["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in self.filter_patterns]}
        return properties

    def changed_properties(self, request: Mapping[str, Any], arns: Arns) -> dict[str, Any]:
        """Return its properties after an UpdateEventSourceMapping request; those not in the request stay."""
        return {**self.as_properties(arns), **without_nulls(request)}

    def describe(self, arns: Arns, *, uuid: str, state: str, modified: float) -> dict[str, Any]:
        """Return an EventSourceMappingConfiguration; `modified` is in seconds since 1970."""
        described = self.as_properties(arns)
        del described[FUNCTION_NAME], described[ENABLED]  # FunctionArn and State stand for them
        return {
            "UUID": uuid,
            "EventSourceMappingArn": arns.mapping(uuid),
            FUNCTION_ARN: arns.function(self.function, self.qualifier),
            **described,
            "State": state,
            "StateTransitionReason": "USER_INITIATED",
            "LastModified": modified,
        }


def _filter_patterns(criteria: Properties) -> tuple[str, ...]:
    """Read FilterCriteria (ES-30, ES-33)."""
    entries = criteria.raw("Filters") or []
    if not isinstance(entries, list) or len(entries) > limits.FILTERS:
        raise TemplateError(criteria.at("Filters"), f"must be a list of at most {limits.FILTERS} filters")
    patterns = [Properties.from_mapping(criteria.at(f"Filters[{i}]"), entry) for i, entry in enumerate(entries)]
    texts = tuple(pattern.raw("Pattern") for pattern in patterns)
    for pattern in patterns:
        pattern.finish()
    try:
        read_patterns(texts)
    except FilterError as error:
        raise RefusalError(criteria.path, INVALID_PATTERN, str(error)) from error
    return texts


def _check_batches(properties: Properties, mapping: EventSourceMapping) -> None:
    large = mapping.batch_size > limits.BATCH_SIZE_AT_ONCE
    if is_fifo(mapping.queue) and (large or mapping.batch_window_s):
        key = "BatchSize" if large else "MaximumBatchingWindowInSeconds"
        raise TemplateError(properties.at(key), "a FIFO queue's batches have at most 10 messages and no batch window")
    if large and not mapping.batch_window_s:
        raise RefusalError(
            properties.at("BatchSize"),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )


def _check_scaling(properties: Properties, mapping: EventSourceMapping) -> None:
    if mapping.provisioned_pollers and mapping.maximum_concurrency:
        words = "MaximumConcurrency cannot be used with ProvisionedPollerConfig; set one of the two"
        raise RefusalError(properties.at(POLLERS), words)


def _check_visibility(properties: Properties, queue: Queue, function: Function) -> None:
    if problem := queue.visibility_problem(function.timeout_s):
        cure = f"raise {queue.name}'s VisibilityTimeout, best to 6 times the timeout"
        raise RefusalError(properties.path, problem, f"{problem}; {cure}")
