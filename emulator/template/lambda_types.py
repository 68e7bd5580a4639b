"""`AWS::Lambda::Function`, `Url` and `EventSourceMapping`, with Lambda's ranges and messages."""

from collections.abc import Mapping
from typing import Any

from emulator.aws import limits
from emulator.aws.errors import NO_FUNCTION, visibility_too_short
from emulator.aws.identifiers import LATEST
from emulator.event_source.filters import INVALID, FilterError, parse
from emulator.resources import (
    Cors,
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    FunctionUrl,
    LoggingConfig,
    Queue,
)
from emulator.template.document import RefusalError, TemplateError
from emulator.template.properties import Properties

CORS_METHODS = ("GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*")
#: variables that Lambda sets itself and takes from nobody (RT-01)
RESERVED = {
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
}
RESERVED_WORDS = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
    " contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
)
#: properties of a function that change nothing here
ACCEPTED = (
    "FunctionName",
    "Role",
    "Description",
    "Tags",
    "TracingConfig",
    "Architectures",
    "KmsKeyArn",
)


def read_function(values: dict[str, Any], logical_id: str, name: str) -> Function:
    """Read one function made from an image (RT-04's ranges)."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    properties.accept(*ACCEPTED)
    if properties.text("PackageType", default="Zip") != "Image":
        raise TemplateError(properties.at("PackageType"), "only functions made from images are built; set it to Image")
    code, image = properties.block("Code"), properties.block("ImageConfig")
    if code is None:
        raise TemplateError(properties.at("Code"), "is missing; it needs an ImageUri")
    storage, environment = properties.block("EphemeralStorage"), properties.block("Environment")
    logging = properties.block("LoggingConfig")
    function = Function(
        logical_id=logical_id,
        name=name,
        image_uri=code.text("ImageUri"),
        command=image.texts("Command") if image else (),
        timeout_s=properties.integer("Timeout", limits.TIMEOUT_S),
        memory_mb=properties.integer("MemorySize", limits.MEMORY_MB),
        ephemeral_storage_mb=(storage or Properties("", {})).integer("Size", limits.EPHEMERAL_STORAGE_MB),
        environment=read_variables(environment) if environment else {},
        reserved_concurrency=properties.optional_integer("ReservedConcurrentExecutions", limits.RESERVED_CONCURRENCY),
        logging=_logging(logging) if logging else LoggingConfig(),
    )
    for block in (code, image, storage, logging, properties):
        if block is not None:
            block.finish()
    return function


def _logging(block: Properties) -> LoggingConfig:
    """Read how output is written (RT-11)."""
    as_json = block.text("LogFormat", default="Text", choices=("Text", "JSON")) == "JSON"
    for key in ("ApplicationLogLevel", "SystemLogLevel"):
        if block.has(key) and not as_json:
            raise TemplateError(block.at(key), "a log level needs LogFormat: JSON")
    if block.raw("SystemLogLevel") == "DEBUG":
        raise TemplateError(block.at("SystemLogLevel"), "DEBUG is not built here; use INFO or WARN")
    levels = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
    return LoggingConfig(
        json=as_json,
        application_level=block.text("ApplicationLogLevel", default="INFO", choices=levels) if as_json else "",
        system_level=block.text("SystemLogLevel", default="INFO", choices=("INFO", "WARN")),
        group=block.text("LogGroup", default=""),
    )


def read_variables(block: Properties) -> dict[str, str]:
    """Read an Environment block with Lambda's limits (RT-01)."""
    variables = Properties.of(block.at("Variables"), block.raw("Variables") or {})
    block.finish()
    result = {name: variables.text(name) for name in variables.values}
    if reserved := sorted(set(result) & RESERVED):
        raise RefusalError(
            variables.path, RESERVED_WORDS + ", ".join(reserved), f"{reserved[0]} is Lambda's own; rename it"
        )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in result.items())
    if size > limits.ENVIRONMENT_BYTES:
        raise TemplateError(
            variables.path, f"has {size:,} bytes; Lambda takes {limits.ENVIRONMENT_BYTES:,} for all variables"
        )
    return result


def read_url(values: dict[str, Any], logical_id: str, functions: Mapping[str, Function]) -> FunctionUrl:
    """Read one function URL."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    function = _function(properties, "TargetFunctionArn", functions)
    if properties.text("InvokeMode", default="BUFFERED") != "BUFFERED":
        raise TemplateError(properties.at("InvokeMode"), "response streaming is out of scope; use BUFFERED")
    auth_type = properties.text("AuthType", choices=("NONE", "AWS_IAM"))
    cors = properties.block("Cors")
    properties.finish()
    return FunctionUrl(logical_id, function.name, auth_type, _cors(cors) if cors else None)


def _cors(block: Properties) -> Cors:
    """Read a URL's Cors with Lambda's ranges (FU-27)."""
    cors = Cors(
        allow_origins=block.texts("AllowOrigins"),
        allow_methods=block.texts("AllowMethods", choices=CORS_METHODS),
        allow_headers=block.texts("AllowHeaders"),
        expose_headers=block.texts("ExposeHeaders"),
        allow_credentials=block.boolean("AllowCredentials", default=False),
        max_age_s=block.optional_integer("MaxAge", limits.CORS_MAX_AGE_S),
    )
    for key, values, most in (
        ("AllowOrigins", cors.allow_origins, limits.CORS_ENTRIES),
        ("AllowMethods", cors.allow_methods, limits.CORS_METHODS),
        ("AllowHeaders", cors.allow_headers, limits.CORS_ENTRIES),
        ("ExposeHeaders", cors.expose_headers, limits.CORS_ENTRIES),
    ):
        if len(values) > most:
            raise TemplateError(block.at(key), f"has {len(values)} entries; Lambda takes {most}")
    block.finish()
    return cors


def read_event_invoke(
    values: dict[str, Any], logical_id: str, queues: Mapping[str, Queue], functions: Mapping[str, Function]
) -> EventInvokeConfig:
    """Read what becomes of a function's asynchronous invocations; destinations are queues of this template."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    function = _function(properties, "FunctionName", functions)
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


def _destination(block: Properties, name: str, queues: Mapping[str, Queue]) -> str:
    destination = block.block(name)
    if destination is None:
        return ""
    arn = destination.text("Destination")
    destination.finish()
    if arn not in queues or queues[arn].fifo:
        raise TemplateError(destination.at("Destination"), f"{arn} is no standard queue of this template")
    return queues[arn].name


def read_mapping(
    values: dict[str, Any], logical_id: str, queues: Mapping[str, Queue], functions: Mapping[str, Function]
) -> EventSourceMapping:
    """Read one event source mapping; refuses what Lambda refuses, in its words (ES-10, ES-41, ES-44)."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    function = _function(properties, "FunctionName", functions)
    arn = properties.text("EventSourceArn")
    if arn not in queues:
        raise TemplateError(properties.at("EventSourceArn"), f"{arn} is no queue of this template; only SQS is built")
    scaling, criteria = properties.block("ScalingConfig"), properties.block("FilterCriteria")
    mapping = EventSourceMapping(
        logical_id=logical_id,
        queue=queues[arn].name,
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
    _check_mapping(properties, mapping, queues[arn], function)
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


def _check_mapping(properties: Properties, mapping: EventSourceMapping, queue: Queue, function: Function) -> None:
    if queue.fifo and (mapping.batch_size > limits.BATCH_SIZE_AT_ONCE or mapping.batch_window_s):
        key = "BatchSize" if mapping.batch_size > limits.BATCH_SIZE_AT_ONCE else "MaximumBatchingWindowInSeconds"
        raise TemplateError(properties.at(key), "a FIFO queue's batches have at most 10 messages and no batch window")
    if mapping.batch_size > limits.BATCH_SIZE_AT_ONCE and not mapping.batch_window_s:
        raise RefusalError(
            properties.at("BatchSize"),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )
    if queue.visibility_timeout_s < function.timeout_s:
        words = visibility_too_short(queue.visibility_timeout_s, function.timeout_s)
        cure = f"raise {queue.name}'s VisibilityTimeout, best to 6 times the timeout"
        raise RefusalError(properties.path, words, f"{words}; {cure}")


def _function(properties: Properties, key: str, functions: Mapping[str, Function]) -> Function:
    name = properties.text(key)
    if name not in functions:
        words = NO_FUNCTION
        raise RefusalError(properties.at(key), words, f"{words}: {name} is no function of this template")
    return functions[name]
