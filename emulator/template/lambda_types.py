"""`AWS::Lambda::Function` and `Url`, with Lambda's ranges and messages."""

from collections.abc import Mapping
from typing import Any

from emulator.resources import Cors, Function, FunctionUrl, LoggingConfig
from emulator.template.document import RefusalError, TemplateError
from emulator.template.properties import Properties

CORS_METHODS = ("GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*")
ENVIRONMENT_BYTES = 4_096  #: for all of a function's own variables (RT-01)
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
    reserved = properties.integer("ReservedConcurrentExecutions", 0, 10_000, default=-1)
    function = Function(
        logical_id=logical_id,
        name=name,
        image_uri=code.text("ImageUri"),
        command=image.texts("Command") if image else (),
        timeout_s=properties.integer("Timeout", 1, 900, default=3),
        memory_mb=properties.integer("MemorySize", 128, 10_240, default=128),
        ephemeral_storage_mb=storage.integer("Size", 512, 10_240, default=512) if storage else 512,
        environment=read_variables(environment) if environment else {},
        reserved_concurrency=None if reserved < 0 else reserved,
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
    if size > ENVIRONMENT_BYTES:
        raise TemplateError(variables.path, f"has {size:,} bytes; Lambda takes {ENVIRONMENT_BYTES:,} for all variables")
    return result


def read_url(values: dict[str, Any], logical_id: str, functions: Mapping[str, Function]) -> FunctionUrl:
    """Read one function URL."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    function = function_named(properties, "TargetFunctionArn", functions)
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
        max_age_s=block.integer("MaxAge", 0, 86_400, default=0) if block.has("MaxAge") else None,
    )
    for key, values, most in (
        ("AllowOrigins", cors.allow_origins, 100),
        ("AllowMethods", cors.allow_methods, 6),
        ("AllowHeaders", cors.allow_headers, 100),
        ("ExposeHeaders", cors.expose_headers, 100),
    ):
        if len(values) > most:
            raise TemplateError(block.at(key), f"has {len(values)} entries; Lambda takes {most}")
    block.finish()
    return cors


def function_named(properties: Properties, key: str, functions: Mapping[str, Function]) -> Function:
    """Return the function whose name or ARN a property holds; refuses what Lambda refuses, in its words (ES-44)."""
    name = properties.text(key)
    if name not in functions:
        words = "Function does not exist"
        raise RefusalError(properties.at(key), words, f"{words}: {name} is no function of this template")
    return functions[name]
