"""How the emulator is set up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.aws.identifiers import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from emulator.edge.hosts import HostError, read_allowed_host

RIE, RUNTIME_API = "rie", "runtime-api"
ENVIRONMENTS = 5  #: of a function at most, as AWS's five batches at once (docs/decisions/0010-environments.md)
ENGINES = (RIE, RUNTIME_API)  #: what the functions can run behind


MOST_ENVIRONMENTS = 1_000  #: no account runs more at first


class SettingsError(ValueError):
    """A setting is not what it should be; the message names it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the emulator listens. Further function URLs are on 9010, 9011 …, if the first is on 9000."""

    url: int = 9000
    api: int = 9001
    link: int = 9002
    functions: int = 9003  #: where the functions find AWS
    sqs: int = 9324  #: the emulator's own, whichever queue server runs behind it

    def function_url(self, position: int) -> int:
        """Return the port of the template's function URL at this position, from 0."""
        return self.url if position == 0 else self.url + 9 + position


@dataclass(frozen=True, slots=True)
class Limits:
    """How many environments of a function may run at once."""

    each: int = ENVIRONMENTS  #: of every function that is not named
    named: Mapping[str, int] = field(default_factory=dict)

    def of(self, function: str) -> int:
        """Return one function's limit."""
        return self.named.get(function, self.each)

    def __str__(self) -> str:
        """Say it in words."""
        others = "".join(f", {most} of {name}" for name, most in self.named.items())
        return f"up to {self.each} a function{others}"


@dataclass(frozen=True, slots=True)
class Native:
    """Environments as processes of this machine."""

    rie: Path
    root: Path  #: the functions' working directory, from which their modules are imported
    limits: Limits = Limits()
    variables: Mapping[str, str] = field(default_factory=dict)  #: what an image would set with ENV


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in, besides this machine's programs and pages (docs/security.md)."""

    hosts: tuple[str, ...] = ()  #: further names of this machine: tunnels, proxies
    any_origin: tuple[str, ...] = ()  #: functions whose URLs pages of every origin may call, as on AWS; "*": all


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `native` is None where environments come by themselves, in containers."""

    template: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    ports: Ports = Ports()
    sqs_endpoint: str = ""  #: of the queue server; "": moto's, which is started on a port of its own
    functions_host: str = "127.0.0.1"  #: the name by which the functions reach their endpoint
    #: what the functions' endpoint and the link listen on: the emulator's addresses on the functions' networks
    functions_listen: tuple[str, ...] = ("127.0.0.1",)
    tokens: Path | None = None  #: folder for the functions' tokens; None where the emulator starts the supervisors
    public_sqs: str = ""  #: how the queue port is reached from outside; "": on 127.0.0.1
    public_url_port: int = 0  #: that the first function URL is published on; 0: its own
    native: Native | None = None
    engine: str = RIE  #: behind which the functions run: one of ENGINES
    region: str = DEFAULT_REGION
    account_id: str = DEFAULT_ACCOUNT_ID
    access_key_id: str = "test"  #: with the next, the one key pair that a URL with AuthType AWS_IAM takes
    secret_access_key: str = "test"  # noqa: S105 - no secret: what local tools say when anything will do
    journal: Path | None = None  #: file that keeps what happened; None: in memory, until the emulator stops
    journal_off: bool = False  #: nothing is kept
    access: Access = Access()
    drain_s: float = 30.0  #: that a graceful stop waits for what is in flight
    #: before the two retries of a failed Event invocation; AWS waits 60 and 120, longer than anyone at a laptop does
    event_retry_delays_s: tuple[float, float] = (1.0, 2.0)

    @property
    def queue_port(self) -> str:
        """Where programs on this machine reach SQS."""
        return self.public_sqs or f"http://127.0.0.1:{self.ports.sqs}"

    @property
    def functions_endpoint(self) -> str:
        """Where the functions find AWS."""
        return f"http://{self.functions_host}:{self.ports.functions}"


def parse_limits(texts: Sequence[str]) -> Limits:
    """Read `N`, for every function, and `NAME=N`, for one."""
    each, named = ENVIRONMENTS, {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not number.isdecimal() or not 0 < int(number) <= MOST_ENVIRONMENTS or text.startswith("="):
            raise SettingsError(
                f"--environments {text!r}: write a number from 1 to {MOST_ENVIRONMENTS}, or NAME=number"
            )
        if name:
            named[name] = int(number)
        else:
            each = int(number)
    return Limits(each, named)


def parse_access(hosts: Sequence[str], any_origin: Sequence[str], *, setting: str) -> Access:
    """Read host names and names of functions; `setting` is what the hosts come from."""
    try:
        return Access(tuple(read_allowed_host(host, setting) for host in hosts), tuple(any_origin))
    except HostError as error:
        raise SettingsError(str(error)) from error


def parse_parameters(pairs: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Read `Name=value` pairs for the template's parameters."""
    parameters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise SettingsError(f"parameter {pair!r}: write it as Name=value")
        parameters[name] = value
    return parameters


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings of a container from variables named FACEPIPE_….

    TEMPLATE, PARAMETERS (Name=value, separated by line breaks or semicolons), HOST, SQS_ENDPOINT,
    FUNCTIONS_HOST, FUNCTIONS_LISTEN (addresses, separated by blanks), TOKENS (a folder), PUBLIC_SQS, PUBLIC_URL_PORT,
    JOURNAL (a file, or "off"), ACCESS_KEY_ID, SECRET_ACCESS_KEY,
    EVENT_RETRY_DELAYS (two numbers of seconds, as in "60 120"), RUNTIME (rie or runtime-api), ALLOW_HOSTS (names of
    tunnels and proxies, separated by blanks), ANY_ORIGIN (names of functions, separated by blanks).
    """
    journal = environment.get("FACEPIPE_JOURNAL", "")
    text = environment.get("FACEPIPE_PARAMETERS", "").replace(";", "\n")
    return Settings(
        template=Path(environment.get("FACEPIPE_TEMPLATE", "template.yaml")),
        parameters=parse_parameters([line.strip() for line in text.splitlines() if line.strip()]),
        host=environment.get("FACEPIPE_HOST", "127.0.0.1"),
        sqs_endpoint=environment.get("FACEPIPE_SQS_ENDPOINT", ""),
        functions_host=environment.get("FACEPIPE_FUNCTIONS_HOST", "127.0.0.1"),
        functions_listen=tuple(environment.get("FACEPIPE_FUNCTIONS_LISTEN", "127.0.0.1").split()) or ("127.0.0.1",),
        tokens=Path(environment.get("FACEPIPE_TOKENS", "/run/facepipe")),
        public_sqs=environment.get("FACEPIPE_PUBLIC_SQS", ""),
        access_key_id=environment.get("FACEPIPE_ACCESS_KEY_ID", "test"),
        secret_access_key=environment.get("FACEPIPE_SECRET_ACCESS_KEY", "test"),
        journal=Path(journal) if journal not in ("", "off") else None,
        journal_off=journal == "off",
        public_url_port=_port(environment, "FACEPIPE_PUBLIC_URL_PORT"),
        engine=check_engine("FACEPIPE_RUNTIME", environment.get("FACEPIPE_RUNTIME") or RIE),
        event_retry_delays_s=_delays(environment.get("FACEPIPE_EVENT_RETRY_DELAYS", "1 2")),
        access=parse_access(
            environment.get("FACEPIPE_ALLOW_HOSTS", "").split(),
            environment.get("FACEPIPE_ANY_ORIGIN", "").split(),
            setting="FACEPIPE_ALLOW_HOSTS",
        ),
    )


def check_engine(setting: str, name: str) -> str:
    """Return the name of an engine; `SettingsError` when there is none of this name."""
    if name not in ENGINES:
        raise SettingsError(f"{setting} is {name!r}: choose one of {', '.join(ENGINES)}")
    return name


def _delays(text: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split())
    except ValueError as error:
        raise SettingsError(f"FACEPIPE_EVENT_RETRY_DELAYS is {text!r}: give two numbers of seconds") from error
    return max(first, 0.0), max(second, 0.0)


def _port(environment: Mapping[str, str], name: str) -> int:
    value = environment.get(name, "0")
    if not value.isdigit() or int(value) > 65_535:
        raise SettingsError(f"{name} is {value!r}: give a port number")
    return int(value)
