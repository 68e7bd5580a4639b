"""Which queue an ARN means: any of this account and region, whether the template or a program makes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.aws.arns import Arns, read_queue
from emulator.properties import Properties, TemplateError
from emulator.resources import Queue


@dataclass(frozen=True, slots=True)
class KnownQueues:
    """The queues of one account in one region, and the attributes of those that are known."""

    region: str
    account_id: str
    by_name: Mapping[str, Queue] = field(default_factory=dict)  #: the others may be made later, by a program

    def arn(self, name: str) -> str:
        """Return a queue's ARN."""
        return Arns(self.region, self.account_id).queue(name)

    def name(self, properties: Properties, key: str) -> str:
        """Return the name of the queue whose ARN a property holds; `TemplateError` when it can be none of these."""
        arn = properties.text(key)
        reference = read_queue(arn)
        if reference is None:
            raise TemplateError(
                properties.at(key), f"{arn} is no ARN of an SQS queue, and only SQS is built; use {self.arn('NAME')}"
            )
        name = reference.name
        if arn != self.arn(name):
            raise TemplateError(
                properties.at(key),
                f"{arn} is a queue of account {reference.account_id} in {reference.region}, and this emulator has those"
                f" of {self.account_id} in {self.region}; use {self.arn(name)}",
            )
        return name
