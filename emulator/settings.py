"""The emulator's settings: each is described here once, for the command line, for variables and for programs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emulator import setting_texts as texts
from emulator.access_settings import Access
from emulator.aws.identifiers import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from emulator.aws.limits import INIT_PHASE_S
from emulator.console_addresses import CONSOLE_SERVICES
from emulator.containers.container_settings import Containers, DockerOptions
from emulator.debugging.targets import DEBUG, DebugTargets
from emulator.environments.environment_limits import IDLE_S, Limits, read_limits, write_limits
from emulator.kept_places import (
    ConsolePlace,
    JournalPlace,
    QueuesPlace,
    read_console_place,
    read_place,
    read_queues_place,
    write_console_place,
    write_place,
    write_queues_place,
)
from emulator.project.launch import Launch
from emulator.project.project_options import ProjectOptions
from emulator.region import REGION
from emulator.resources import Function
from emulator.setting import Setting, last_text, read_settings, setting

RIE, RUNTIME_API = "rie", "runtime-api"
ENGINES = (RIE, RUNTIME_API)  #: the runtime engines
LOCAL_ENGINE = RUNTIME_API  #: of local mode, if no other is chosen; in containers it is RIE
KILL, POWER_LOSS = "kill", "power-loss"  #: the failures that the emulator's own queues can survive
WELL_KNOWN_KEY = "test"  #: not a secret: local tools use this text where any key is accepted
CONTAINERS_TOKENS = Path("/run/facepipe")  #: the folder for the functions' tokens in containers


def _port(text: str, flag: str) -> Setting:
    return Setting(text, flag, read=last_text(texts.port), metavar="PORT")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the emulator listens. Further function URLs are on 9010, 9011 …, if the first is on 9000."""

    url: int = setting(9000, _port("The Function URL's port.", "--url-port"))
    api: int = setting(9001, _port("The port of the Lambda API and of /health.", "--api-port"))
    link: int = setting(9002, _port("The port that environments connect to.", "--link-port"))
    functions: int = setting(9003, _port("The port of the AWS endpoint for functions.", "--functions-port"))
    sqs: int = setting(9324, _port("The port of SQS, also if another server has the queues.", "--sqs-port"))

    def function_url(self, position: int) -> int:
        """Return the port of the template's function URL at this position, from 0."""
        return self.url if position == 0 else self.url + 9 + position


@dataclass(frozen=True, slots=True)
class Native:
    """How environments run as processes of this machine (local mode)."""

    rie: Path
    root: Path  #: the functions' working directory, from which their modules are imported
    variables: Mapping[str, str] = field(default_factory=dict)  #: the variables that an image would set with ENV
    prepare: Callable[[Function], Launch | None] = lambda _: None  #: of functions with a folder of their own
    watched: tuple[Path, ...] = ()  #: folders and files that belong to all functions without a folder of their own


_TEMPLATE = Setting(
    "The CloudFormation template to run.", "--template", "FACEPIPE_TEMPLATE", read=last_text(texts.path), metavar="FILE"
)
_PARAMETERS = Setting(
    "A template parameter, Name=value.",
    "--parameter",
    "FACEPIPE_PARAMETERS",
    read=texts.pairs,
    write=texts.write_pairs,
    split=texts.between_lines,
    metavar="NAME=VALUE",
)
_ENVIRONMENTS = Setting(
    "How many environments of each function, or of the function NAME, may run at once. They are started when calls"
    " need them; more than one for each processor are started only while processors are idle.",
    "--environments",
    read=read_limits,
    write=write_limits,
    split=str.split,
    metavar="[NAME=]N",
)
_IDLE = Setting(
    "Seconds without a call after which an environment ends; one of each function stays.",
    "--idle",
    "FACEPIPE_IDLE",
    read=last_text(texts.seconds),
    write=lambda seconds: [f"{seconds:g}"],
    metavar="SECONDS",
)
_ENGINE = Setting(
    "The runtime engine: rie or runtime-api. `facepipe up` takes runtime-api by default, compose.yaml takes rie.",
    "--engine",
    "FACEPIPE_RUNTIME",
    read=last_text(texts.choice(*ENGINES)),
    metavar="ENGINE",
)
_JOURNAL = Setting(
    "The file that `trace`, `logs` and `stats` read; off keeps nothing.",
    "--journal",
    "FACEPIPE_JOURNAL",
    read=last_text(read_place),
    write=write_place,
    metavar="FILE",
)
_CONSOLE = Setting(
    "The folder of the console's pages, and after a comma the file that keeps payloads for it; off for neither.",
    "--console",
    "FACEPIPE_CONSOLE",
    read=last_text(read_console_place),
    write=write_console_place,
    metavar="FOLDER[,FILE]",
)
_SQS_ENDPOINT = Setting(
    "The URL of a running SQS server to use instead of the emulator's own queues.",
    "--sqs-endpoint",
    "FACEPIPE_SQS_ENDPOINT",
    metavar="URL",
)
_QUEUES = Setting(
    "The file that keeps the emulator's own queues, beside which accepted Event invocations are kept; memory keeps both"
    " until the emulator stops.",
    "--queues",
    "FACEPIPE_QUEUES",
    read=last_text(read_queues_place),
    write=write_queues_place,
    metavar="FILE",
)
_QUEUES_SURVIVE = Setting(
    "The failure that all messages survive: kill (of the emulator, at any moment), or power-loss, which makes each"
    " call wait for the disk.",
    "--queues-survive",
    "FACEPIPE_QUEUES_SURVIVE",
    read=last_text(texts.choice(KILL, POWER_LOSS)),
    metavar="WHAT",
)
_WATCH = Setting(
    "Whether saved code and a saved template take effect at once: on or off (docs/your-project.md).",
    "--watch",
    "FACEPIPE_WATCH",
    read=last_text(texts.on_or_off),
    write=lambda on: ["on" if on else "off"],
    metavar="on|off",
)
_HOST = Setting("The address that the emulator listens on.", variable="FACEPIPE_HOST")
_FUNCTIONS_HOST = Setting("The name by which functions reach their endpoint.", variable="FACEPIPE_FUNCTIONS_HOST")
_FUNCTIONS_LISTEN = Setting(
    "The emulator's addresses on the functions' networks: the functions' endpoint and the link listen on them.",
    variable="FACEPIPE_FUNCTIONS_LISTEN",
    read=tuple,
    write=list,
    split=str.split,
)
_TOKENS = Setting(
    "The folder for the functions' tokens; empty if the emulator starts the supervisors.",
    variable="FACEPIPE_TOKENS",
    read=last_text(texts.path),
)
_PUBLIC_SQS = Setting("The queue port's URL from outside; else one on 127.0.0.1.", variable="FACEPIPE_PUBLIC_SQS")
_PUBLIC_URL_PORT = Setting(
    "The port that the first function URL is published on; 0 means its own port.",
    variable="FACEPIPE_PUBLIC_URL_PORT",
    read=last_text(texts.port_or_none),
)
_ACCESS_KEY = Setting("The access key id for requests to URLs with AWS_IAM.", variable="FACEPIPE_ACCESS_KEY_ID")
_SECRET_KEY = Setting("The secret key for requests to URLs with AWS_IAM.", variable="FACEPIPE_SECRET_ACCESS_KEY")
_INIT = Setting(
    "Seconds after which an init phase is ended, and run again in the next invocation. The default is AWS's; raise it"
    " on a machine on which functions start more slowly than on AWS.",
    variable="FACEPIPE_INIT_LIMIT",
    read=last_text(texts.seconds),
)
_RETRY_DELAYS = Setting(
    "Seconds before the two retries of a failed Event invocation, as in '60 120', which are AWS's values. The default"
    " is shorter.",
    variable="FACEPIPE_EVENT_RETRY_DELAYS",
    read=last_text(texts.seconds_twice),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. With neither `native` nor `containers`, environments are started by others, as in compose."""

    template: Path = setting(Path("template.yaml"), _TEMPLATE)
    parameters: Mapping[str, str] = setting({}, _PARAMETERS)
    project: ProjectOptions = ProjectOptions()
    environments: Limits = setting(Limits(), _ENVIRONMENTS)
    idle_s: float = setting(IDLE_S, _IDLE)
    host: str = setting("127.0.0.1", _HOST)
    ports: Ports = Ports()
    sqs_endpoint: str = setting("", _SQS_ENDPOINT)
    queues: QueuesPlace = setting(QueuesPlace(), _QUEUES)
    queues_survive: str = setting(KILL, _QUEUES_SURVIVE)
    functions_host: str = setting("127.0.0.1", _FUNCTIONS_HOST)
    functions_listen: tuple[str, ...] = setting(("127.0.0.1",), _FUNCTIONS_LISTEN)
    tokens: Path | None = setting(None, _TOKENS)
    public_sqs: str = setting("", _PUBLIC_SQS)
    public_url_port: int = setting(0, _PUBLIC_URL_PORT)
    native: Native | None = None
    containers: Containers | None = None
    docker: DockerOptions = DockerOptions()
    engine: str = setting(RIE, _ENGINE)
    init_s: float = setting(INIT_PHASE_S, _INIT)
    debug: DebugTargets = setting(DebugTargets(), DEBUG)
    watch: bool = setting(False, _WATCH)
    region: str = setting(DEFAULT_REGION, REGION)
    account_id: str = DEFAULT_ACCOUNT_ID
    access_key_id: str = setting(WELL_KNOWN_KEY, _ACCESS_KEY)
    secret_access_key: str = setting(WELL_KNOWN_KEY, _SECRET_KEY)
    journal: JournalPlace = setting(JournalPlace(), _JOURNAL)
    console: ConsolePlace = setting(ConsolePlace(), _CONSOLE)
    console_services: Mapping[str, str] = setting({}, CONSOLE_SERVICES)
    access: Access = Access()
    code: Path | None = None  #: the folder for code that the API brings; None: a temporary one
    drain_s: float = 30.0  #: how long a graceful stop waits for invocations in flight
    event_retry_delays_s: tuple[float, float] = setting((1.0, 2.0), _RETRY_DELAYS)

    @property
    def starts_environments(self) -> bool:
        """Whether the emulator starts and ends environments; in compose others do."""
        return self.native is not None or self.containers is not None

    @property
    def queue_port(self) -> str:
        """The address of SQS for programs on this machine."""
        return self.public_sqs or f"http://127.0.0.1:{self.ports.sqs}"

    @property
    def functions_endpoint(self) -> str:
        """The address of the AWS endpoint for functions."""
        return f"http://{self.functions_host}:{self.ports.functions}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read a container's settings from variables named FACEPIPE_…; `SettingsError` names a wrong one."""
    return read_settings(Settings(tokens=CONTAINERS_TOKENS), {}, environment)
