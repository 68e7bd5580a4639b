"""`AWS::Lambda::Function`, with a container image or a zip archive (RT-01, RT-04, RT-11)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from emulator.aws import limits
from emulator.aws.arns import read_queue, resource_name
from emulator.aws.error_types import NO_FUNCTION
from emulator.aws.identifiers import LATEST, is_fifo, is_function_name, log_group, version_key
from emulator.properties import Properties, RefusalError, TemplateError, without_nulls
from emulator.resources.code_source import CodeSource
from emulator.resources.function_details import FunctionDetails
from emulator.resources.function_variables import read_variables
from emulator.resources.logging_config import LoggingConfig

FUNCTION_NAME, FUNCTION_ARN = "FunctionName", "FunctionArn"
RESERVED_CONCURRENCY = "ReservedConcurrentExecutions"
MEMORY = "MemorySize"
IMAGE, ZIP = "Image", "Zip"  #: types of packages
HANDLER, RUNTIME = "Handler", "Runtime"
#: properties that have no effect in the emulator
ACCEPTED = (FUNCTION_NAME, "Tags", "KmsKeyArn", "Layers")
STORAGE = "EphemeralStorage"
IMAGE_CONFIG = "ImageConfig"
SNAP_START, PUBLISHED_VERSIONS = "SnapStart", "PublishedVersions"
#: properties that UpdateFunctionConfiguration can change
CHANGEABLE = (
    "Timeout",
    MEMORY,
    "Environment",
    HANDLER,
    RUNTIME,
    STORAGE,
    IMAGE_CONFIG,
    SNAP_START,
    "LoggingConfig",
    "DeadLetterConfig",
    "Role",
    "Description",
    "TracingConfig",
)
MADE_WITH = (MEMORY, HANDLER, RUNTIME, STORAGE, IMAGE_CONFIG)  #: those that are fixed when a container is created


@dataclass(frozen=True, slots=True)
class Function:
    """A function with a container image, or with a zip archive: then it has a runtime."""

    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    logical_id: str
    name: str
    image_uri: str  #: empty: a zip archive
    command: tuple[str, ...]  #: ImageConfig.Command, or the Handler; empty: the image's own CMD
    timeout_s: int
    memory_mb: int
    ephemeral_storage_mb: int
    environment: Mapping[str, str] = field(default_factory=dict)
    reserved_concurrency: int | None = None  #: None: unreserved; 0: every call is throttled
    logging: LoggingConfig = LoggingConfig()
    runtime: str = ""  #: of a zip function, such as python3.12
    source: CodeSource = CodeSource()
    dead_letter_arn: str = ""  #: of the queue that gets events whose retries have failed; empty: none
    details: FunctionDetails = FunctionDetails()
    snap_start: bool = False  #: environments of published versions are restored (RT-14)
    version: str = LATEST  #: or the number of a published version, which never changes

    @property
    def key(self) -> str:
        """The key of this version among all versions of all functions; that of $LATEST is the function's name."""
        return version_key(self.name, self.version)

    @property
    def is_restored(self) -> bool:
        """Whether its environments are restored after their init phase."""
        return self.snap_start and self.version != LATEST

    def init_s(self, ordinary_s: float) -> float:
        """Return after how many seconds an init phase is ended."""
        return max(limits.SNAP_START_INIT_S, self.timeout_s) if self.is_restored else ordinary_s

    @property
    def dead_letter_queue(self) -> str:
        """The name of the queue that gets events whose retries have failed; empty: none."""
        return resource_name(self.dead_letter_arn)

    @property
    def log_group(self) -> str:
        """The name of the function's log group."""
        return self.logging.group or log_group(self.name)

    @property
    def configuration(self) -> "Function":
        """The settings that an environment gets at its start: all but the reserved concurrency and the details."""
        return replace(self, reserved_concurrency=None, details=FunctionDetails())

    @property
    def code_version(self) -> str:
        """A digest of what environments are started from. Variables are not in it: connected ones get them."""
        made_of = (self.image_uri, self.command, self.runtime, self.memory_mb, self.ephemeral_storage_mb, self.source)
        return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]

    @classmethod
    def read(cls, properties: Properties, name: str) -> "Function":
        """Read the properties of the function with this name, within Lambda's limits."""
        properties.accept(*ACCEPTED)
        if not is_function_name(name):
            raise TemplateError(
                properties.at(FUNCTION_NAME),
                f"Lambda does not allow the name {name!r};"
                f" use 1 to {limits.FUNCTION_NAME_CHARACTERS} letters, digits, - and _",
            )
        package = properties.text("PackageType", default=ZIP, choices=(ZIP, IMAGE))
        image_uri, command, runtime = (_image if package == IMAGE else _zip)(properties)
        storage, snap_start = properties.block_or_empty(STORAGE), properties.block_or_empty(SNAP_START)
        function = cls(
            logical_id=properties.logical_id,
            name=name,
            image_uri=image_uri,
            command=command,
            timeout_s=properties.integer("Timeout", limits.TIMEOUT_S),
            memory_mb=properties.integer(MEMORY, limits.MEMORY_MB),
            ephemeral_storage_mb=storage.integer("Size", limits.EPHEMERAL_STORAGE_MB),
            environment=read_variables(properties.block_or_empty("Environment")),
            reserved_concurrency=properties.optional_integer(RESERVED_CONCURRENCY, limits.RESERVED_CONCURRENCY),
            logging=LoggingConfig.read(properties.block_or_empty("LoggingConfig"), name),
            runtime=runtime,
            snap_start=snap_start.text("ApplyOn", default="None", choices=("None", PUBLISHED_VERSIONS)) != "None",
            dead_letter_arn=_dead_letter_arn(properties.block_or_empty("DeadLetterConfig")),
            details=FunctionDetails.read(properties),
        )
        for block in (storage, snap_start, properties):
            block.finish()
        if function.snap_start and function.ephemeral_storage_mb > limits.SNAP_START_STORAGE_MB:
            most = limits.SNAP_START_STORAGE_MB
            raise TemplateError(properties.at(STORAGE), f"a function with SnapStart has at most {most} MB of /tmp")
        return function

    def as_properties(self) -> dict[str, Any]:
        """Return the template properties from which `read` would make this function."""
        properties: dict[str, Any] = {
            FUNCTION_NAME: self.name,
            **self._describe_package(),
            "Timeout": self.timeout_s,
            MEMORY: self.memory_mb,
            STORAGE: {"Size": self.ephemeral_storage_mb},
            "LoggingConfig": self.logging.describe(self.name),
            **self.describe_concurrency(),
            **self.details.describe(),
        }
        if self.environment:
            properties["Environment"] = {"Variables": dict(self.environment)}
        if self.snap_start:
            properties[SNAP_START] = {"ApplyOn": PUBLISHED_VERSIONS}
        if self.dead_letter_arn:
            properties["DeadLetterConfig"] = {"TargetArn": self.dead_letter_arn}
        return properties

    def _describe_package(self) -> dict[str, Any]:
        if self.runtime:
            handler = {HANDLER: self.command[0], RUNTIME: self.runtime}
            return {"PackageType": ZIP, "Code": {"ZipFile": ""}, **handler}
        image = {"ImageConfig": {"Command": list(self.command)}} if self.command else {}
        return {"PackageType": IMAGE, "Code": {"ImageUri": self.image_uri}, **image}

    def describe_concurrency(self) -> dict[str, int]:
        """Return the response of GetFunctionConcurrency; it is empty if no concurrency is reserved."""
        return {} if self.reserved_concurrency is None else {RESERVED_CONCURRENCY: self.reserved_concurrency}

    def reconfigured(self, request: Mapping[str, Any]) -> "Function":
        """Return the function after an UpdateFunctionConfiguration request; properties not in the request stay."""
        properties = Properties.from_request({**self.as_properties(), **without_nulls(request)})
        source = self.source.with_image_config(request.get(IMAGE_CONFIG))
        read = Function.read(properties, self.name)
        details = replace(read.details, recursive_loop=self.details.recursive_loop)
        return replace(read, logical_id=self.logical_id, source=source, details=details)


def named_function(properties: Properties, key: str, functions: Mapping[str, Function]) -> Function:
    """Return the function that a property names by name or ARN; an unknown one is refused as by Lambda (ES-44)."""
    name = properties.text(key)
    if name not in functions:
        raise RefusalError(properties.at(key), NO_FUNCTION, f"{NO_FUNCTION}: this template has no function {name}")
    return functions[name]


def _image(properties: Properties) -> tuple[str, tuple[str, ...], str]:
    """Read what an image function has: its image and command; no runtime."""
    code, image = properties.block("Code"), properties.block_or_empty("ImageConfig")
    if code is None:
        raise TemplateError(properties.at("Code"), "is missing; it needs an ImageUri")
    image.accept("EntryPoint", "WorkingDirectory")
    read = code.text("ImageUri"), image.texts("Command"), ""
    for block in (code, image):
        block.finish()
    return read


def _zip(properties: Properties) -> tuple[str, tuple[str, ...], str]:
    """Read what a zip function has: its handler and runtime; its code is read from the template as written."""
    code = properties.raw("Code")
    if code is None:
        raise TemplateError(properties.at("Code"), "is missing; name the folder, or write the code as ZipFile")
    if isinstance(code, dict):
        block = Properties.from_mapping(properties.at("Code"), code)
        block.accept("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "SourceKMSKeyArn")
        block.finish()
    properties.accept("ImageConfig")
    return "", (properties.text(HANDLER),), properties.text(RUNTIME)


def _dead_letter_arn(block: Properties) -> str:
    """Read the ARN of a standard queue; an empty one, which UpdateFunctionConfiguration takes, means none."""
    arn = block.text("TargetArn", default="")
    block.finish()
    queue = read_queue(arn) if arn else None
    if arn and (queue is None or is_fifo(queue.name)):
        problem = f"{arn} is not the ARN of a standard queue, and only SQS is emulated; name a standard queue"
        raise TemplateError(block.at("TargetArn"), problem)
    return arn
