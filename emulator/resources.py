"""What a template describes, once every reference in it is resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RedrivePolicy:
    """Where a queue's messages go once received more than `max_receive_count` times (ES-45)."""

    dead_letter_queue: str  #: name of the target queue
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class Queue:
    """An `AWS::SQS::Queue`. Attributes that the template does not set are absent: SQS then has its default."""

    logical_id: str
    name: str
    attributes: Mapping[str, str]  #: as CreateQueue takes them, but for RedrivePolicy
    redrive_policy: RedrivePolicy | None = None

    @property
    def visibility_timeout_s(self) -> int:
        """Seconds that a received message stays hidden (SQS's default is 30)."""
        return int(self.attributes.get("VisibilityTimeout", "30"))

    def too_brief(self, timeout_s: int) -> str:
        """Return why Lambda refuses to map it to a function with this timeout (ES-41); empty when it does not."""
        if self.visibility_timeout_s >= timeout_s:
            return ""
        have = f"Queue visibility timeout: {self.visibility_timeout_s} seconds"
        return f"{have} is less than Function timeout: {timeout_s} seconds"

    @property
    def fifo(self) -> bool:
        """Whether it keeps the order of each message group."""
        return self.name.endswith(".fifo")


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """How a function's output is written (RT-11)."""

    json: bool = False
    application_level: str = ""  #: from which the function's own lines are written; empty: INFO
    system_level: str = "INFO"  #: the same of Lambda's lines; with JSON only
    group: str = ""  #: name of the log group; empty: the function's own


@dataclass(frozen=True, slots=True)
class Function:
    """An `AWS::Lambda::Function` with `PackageType: Image`."""

    logical_id: str
    name: str
    image_uri: str
    command: tuple[str, ...]  #: ImageConfig.Command; empty: the image's own CMD
    timeout_s: int
    memory_mb: int
    ephemeral_storage_mb: int
    environment: Mapping[str, str] = field(default_factory=dict)
    reserved_concurrency: int | None = None  #: None: unreserved; 0: every call is throttled
    logging: LoggingConfig = LoggingConfig()

    @property
    def log_group(self) -> str:
        """Name of the log group that its output goes to."""
        return self.logging.group or f"/aws/lambda/{self.name}"

    @property
    def configuration(self) -> tuple[int, int, Mapping[str, str], LoggingConfig]:
        """What an environment is made with."""
        return self.timeout_s, self.memory_mb, self.environment, self.logging


@dataclass(frozen=True, slots=True)
class Cors:
    """A function URL's answer to browsers (FU-27)."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """An `AWS::Lambda::Url`, answered at once (InvokeMode BUFFERED)."""

    logical_id: str
    function: str  #: name of the function
    auth_type: str  #: NONE or AWS_IAM
    cors: Cors | None = None
    not_granted: tuple[str, ...] = ()  #: actions that a URL with AuthType NONE needs, and that nobody was granted


@dataclass(frozen=True, slots=True)
class Permission:
    """An `AWS::Lambda::Permission`: one statement of a function's resource policy."""

    function: str  #: name of the function
    action: str
    principal: str
    url_auth_type: str = ""  #: that a URL must have for the statement to hold; empty: any
    restricted: bool = False  #: to one source or organisation: it does not let everyone in


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """An `AWS::Lambda::EventSourceMapping` from a queue to a function."""

    logical_id: str
    queue: str  #: name of the queue
    function: str  #: name of the function
    batch_size: int = 10
    batch_window_s: int = 0
    report_batch_item_failures: bool = False
    maximum_concurrency: int | None = None
    filter_patterns: tuple[str, ...] = ()  #: one of which a message must match; none: all messages pass
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """An `AWS::Lambda::EventInvokeConfig`: what becomes of a function's asynchronous invocations (RT-08)."""

    function: str  #: name of the function
    maximum_retries: int = 2
    maximum_age_s: int = 21_600
    on_failure: str = ""  #: name of the queue that is told; empty: none
    on_success: str = ""


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything in one template that is emulated, and the names of what is not."""

    queues: tuple[Queue, ...]
    functions: tuple[Function, ...]
    urls: tuple[FunctionUrl, ...]
    mappings: tuple[EventSourceMapping, ...]
    event_invokes: tuple[EventInvokeConfig, ...] = ()
    not_emulated: tuple[str, ...] = ()  #: "LogicalId (Type)" of accepted resources that a laptop does not need
    outputs: Mapping[str, str] = field(default_factory=dict)
