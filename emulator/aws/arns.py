"""Builds and parses ARNs: `arn:partition:service:region:account:resource`."""

import re
from dataclasses import dataclass

from emulator.aws.identifiers import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, is_queue_name

PARTITION = "aws"
#: how API requests name a function: by name, ARN or partial ARN, each with or without a qualifier
_FUNCTION = re.compile(
    rf"(?:arn:{PARTITION}:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{{12}}):)?(?:function:)?"
    r"(?P<name>[A-Za-z0-9_.-]+)(?::(?P<qualifier>[A-Za-z0-9_.$-]+))?"
)
_QUEUE = re.compile(r"arn:(?P<partition>aws[a-z-]*):sqs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>.+)")

_MAPPING = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:event-source-mapping:(?P<uuid>[0-9a-fA-F-]{36})")

#: of a policy's statement: everyone, an account, an identity, or a service
_PRINCIPAL = re.compile(
    rf"\*|\d{{12}}|arn:{PARTITION}[a-z-]*:(iam|sts)::\d{{12}}:.+"
    r"|[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws|amazon|aws)(\.[a-z]+)*"
)


@dataclass(frozen=True, slots=True)
class Arns:
    """Builds the ARNs of one account in one region."""

    region: str = DEFAULT_REGION
    account_id: str = DEFAULT_ACCOUNT_ID

    def function(self, name: str, qualifier: str = "") -> str:
        """Return a function's ARN; it is unqualified unless a qualifier is given."""
        return self.resource("lambda", f"function:{name}{f':{qualifier}' if qualifier else ''}")

    def mapping(self, uuid: str) -> str:
        """Return an event source mapping's ARN."""
        return self.resource("lambda", f"event-source-mapping:{uuid}")

    def queue(self, name: str) -> str:
        """Return a queue's ARN."""
        return self.resource("sqs", name)

    def log_group(self, name: str) -> str:
        """Return a log group's ARN, which ends in no `:*`."""
        return self.resource("logs", f"log-group:{name}")

    def stack(self, name: str) -> str:
        """Return the ARN of the emulated stack, which is also its stack id."""
        return self.resource("cloudformation", f"stack/{name}/local")

    def user(self, name: str) -> str:
        """Return an IAM user's ARN, which has no region."""
        return f"arn:{PARTITION}:iam::{self.account_id}:user/{name}"

    def role(self, name: str, path: str = "/") -> str:
        """Return an IAM role's ARN."""
        return f"arn:{PARTITION}:iam::{self.account_id}:role{path}{name}"

    def root(self) -> str:
        """Return the ARN of the account itself."""
        return f"arn:{PARTITION}:iam::{self.account_id}:root"

    def resource(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of any service."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account_id}:{resource}"


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """The parts of a function's name or ARN; missing parts are empty."""

    name: str
    region: str = ""
    account_id: str = ""
    qualifier: str = ""


def read_function(text: str) -> FunctionReference | None:
    """Parse a function's name, ARN or partial ARN; return None for any other text."""
    match = _FUNCTION.fullmatch(text)
    if match is None:
        return None
    return FunctionReference(
        match["name"],
        region=match["region"] or "",
        account_id=match["account"] or "",
        qualifier=match["qualifier"] or "",
    )


@dataclass(frozen=True, slots=True)
class QueueReference:
    """The parts of a queue's ARN."""

    name: str
    region: str
    account_id: str


def read_queue(arn: str) -> QueueReference | None:
    """Parse a queue's ARN; return None if the text is not a queue's ARN, or SQS does not allow the name."""
    match = _QUEUE.fullmatch(arn)
    if match is None or not is_queue_name(match["name"]):
        return None
    return QueueReference(match["name"], match["region"], match["account"])


def read_mapping(arn: str) -> str:
    """Return the UUID in the ARN of an event source mapping; empty for any other text."""
    match = _MAPPING.fullmatch(arn)
    return match["uuid"] if match else ""


def account_root(account_id: str) -> str:
    """Return the ARN that stands for an account as a whole."""
    return f"arn:{PARTITION}:iam::{account_id}:root"


def is_principal(text: str) -> bool:
    """Return whether a policy's statement can name this principal."""
    return _PRINCIPAL.fullmatch(text) is not None


def is_arn(text: str) -> bool:
    """Return whether a text begins like an ARN."""
    return text.startswith("arn:")


def service_of(arn: str) -> str:
    """Return the service of an ARN, such as `sqs`; empty for any other text."""
    return arn.split(":")[2] if is_arn(arn) and arn.count(":") > 2 else ""


def resource_name(arn: str) -> str:
    """Return the last part of an ARN: the name of a queue or of an unqualified function. A bare name stays as it is."""
    return arn.rpartition(":")[2]
