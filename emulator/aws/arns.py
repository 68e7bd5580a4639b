"""ARNs, made and read: `arn:partition:service:region:account:resource`."""

import re
from dataclasses import dataclass

from emulator.aws.identifiers import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, is_queue_name

PARTITION = "aws"
#: as the API's requests name a function: name, ARN or partial ARN, each with a qualifier or without
_FUNCTION = re.compile(
    rf"(?:arn:{PARTITION}:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{{12}}):)?(?:function:)?"
    r"(?P<name>[A-Za-z0-9_.-]+)(?::(?P<qualifier>[A-Za-z0-9_.$-]+))?"
)
_QUEUE = re.compile(r"arn:(?P<partition>aws[a-z-]*):sqs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Arns:
    """Makes the ARNs of one account in one region."""

    region: str = DEFAULT_REGION
    account_id: str = DEFAULT_ACCOUNT_ID

    def function(self, name: str, qualifier: str = "") -> str:
        """Return a function's ARN, unqualified unless told otherwise."""
        return self.resource("lambda", f"function:{name}{f':{qualifier}' if qualifier else ''}")

    def mapping(self, uuid: str) -> str:
        """Return an event source mapping's ARN."""
        return self.resource("lambda", f"event-source-mapping:{uuid}")

    def queue(self, name: str) -> str:
        """Return a queue's ARN."""
        return self.resource("sqs", name)

    def stack(self, name: str) -> str:
        """Return the ARN, which is also the id, of the stack that stands here."""
        return self.resource("cloudformation", f"stack/{name}/local")

    def user(self, name: str) -> str:
        """Return a user's ARN; IAM has no regions."""
        return f"arn:{PARTITION}:iam::{self.account_id}:user/{name}"

    def resource(self, service: str, resource: str) -> str:
        """Return the ARN of any service's resource."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account_id}:{resource}"


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """What a text says about the function that it names; parts that it leaves out are empty."""

    name: str
    region: str = ""
    account_id: str = ""
    qualifier: str = ""


def read_function(text: str) -> FunctionReference | None:
    """Read a function's name, ARN or partial ARN; None when the text is none of these."""
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
    """What a queue's ARN says."""

    name: str
    region: str
    account_id: str


def read_queue(arn: str) -> QueueReference | None:
    """Read a queue's ARN; None when the text is none, or no queue can have that name."""
    match = _QUEUE.fullmatch(arn)
    if match is None or not is_queue_name(match["name"]):
        return None
    return QueueReference(match["name"], match["region"], match["account"])


def account_root(account_id: str) -> str:
    """Return the ARN that stands for an account as a whole."""
    return f"arn:{PARTITION}:iam::{account_id}:root"


def is_arn(text: str) -> bool:
    """Tell whether a text is meant as an ARN."""
    return text.startswith("arn:")


def resource_name(arn: str) -> str:
    """Return the last part of an ARN: a queue's or an unqualified function's name. A bare name is returned as it is."""
    return arn.rpartition(":")[2]
