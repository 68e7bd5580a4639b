"""Which queue an ARN means: any of this account and region, whether the template or a program makes it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.resources import Queue
from emulator.template.document import TemplateError
from emulator.template.properties import Properties

NAME_CHARACTERS = 80
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?")
_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):sqs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>.+)")


def is_queue_name(name: str) -> bool:
    """Tell whether SQS takes this as a queue's name."""
    return len(name) <= NAME_CHARACTERS and _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class KnownQueues:
    """The queues of one account in one region, and the attributes of those that are known."""

    region: str
    account_id: str
    by_name: Mapping[str, Queue] = field(default_factory=dict)  #: the others may be made later, by a program

    def arn(self, name: str) -> str:
        """Return a queue's ARN."""
        return f"arn:aws:sqs:{self.region}:{self.account_id}:{name}"

    def name(self, properties: Properties, key: str) -> str:
        """Return the name of the queue whose ARN a property holds; `TemplateError` when it can be none of these."""
        arn = properties.text(key)
        match = _ARN.fullmatch(arn)
        if match is None or not is_queue_name(match["name"]):
            raise TemplateError(
                properties.at(key), f"{arn} is no ARN of an SQS queue, and only SQS is built; use {self.arn('NAME')}"
            )
        name = match["name"]
        if arn != self.arn(name):
            raise TemplateError(
                properties.at(key),
                f"{arn} is a queue of account {match['account']} in {match['region']}, and this emulator has those of"
                f" {self.account_id} in {self.region}; use {self.arn(name)}",
            )
        return name
