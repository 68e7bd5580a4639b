"""`AWS::Lambda::EventInvokeConfig`: retries and destinations of asynchronous invocations (RT-08)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.aws import limits
from emulator.aws.arns import Arns
from emulator.aws.identifiers import LATEST, is_fifo
from emulator.properties import Properties, TemplateError, without_nulls
from emulator.resources.function import FUNCTION_ARN, FUNCTION_NAME, Function, named_function
from emulator.resources.queue import KnownQueues

RETRIES, AGE, DESTINATIONS = "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"
QUALIFIER = "Qualifier"
TARGET = (FUNCTION_NAME, QUALIFIER)  #: properties that name the function
CHANGEABLE = (RETRIES, AGE, DESTINATIONS)  #: properties that an update can change


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """How often and how long an event is retried, and which queues get a record of the outcome."""

    TYPE: ClassVar[str] = "AWS::Lambda::EventInvokeConfig"

    function: str  #: name of the function
    maximum_retries: int = limits.RETRY_ATTEMPTS.default
    maximum_age_s: int = limits.EVENT_AGE_S.default
    on_failure: str = ""  #: name of the queue that gets the records; empty: none
    on_success: str = ""

    @classmethod
    def read(
        cls, properties: Properties, queues: KnownQueues, functions: Mapping[str, Function]
    ) -> "EventInvokeConfig":
        """Read a configuration. `functions` has each function by its name and by its ARN."""
        function = named_function(properties, FUNCTION_NAME, functions)
        properties.text(QUALIFIER, choices=(LATEST,))
        destinations = properties.block_or_empty(DESTINATIONS)
        config = cls(
            function.name,
            maximum_retries=properties.integer(RETRIES, limits.RETRY_ATTEMPTS),
            maximum_age_s=properties.integer(AGE, limits.EVENT_AGE_S),
            on_failure=_destination(destinations, "OnFailure", queues),
            on_success=_destination(destinations, "OnSuccess", queues),
        )
        destinations.finish()
        properties.finish()
        return config

    def as_properties(self, arns: Arns) -> dict[str, Any]:
        """Return the template properties from which `read` would make this configuration."""
        ends = {"OnSuccess": self.on_success, "OnFailure": self.on_failure}
        return {
            FUNCTION_NAME: self.function,
            QUALIFIER: LATEST,
            RETRIES: self.maximum_retries,
            AGE: self.maximum_age_s,
            DESTINATIONS: {end: {"Destination": arns.queue(queue)} if queue else {} for end, queue in ends.items()},
        }

    def changed_properties(self, request: Mapping[str, Any], arns: Arns) -> dict[str, Any]:
        """Return its properties after an UpdateFunctionEventInvokeConfig request; those not in the request stay."""
        return {**self.as_properties(arns), **without_nulls(request)}

    def describe(self, arns: Arns, modified: float) -> dict[str, Any]:
        """Return the API's description; `modified` is in seconds since 1970."""
        described = self.as_properties(arns)
        del described[FUNCTION_NAME], described[QUALIFIER]  # FunctionArn has both
        return {FUNCTION_ARN: arns.function(self.function, LATEST), "LastModified": modified, **described}


def _destination(block: Properties, end: str, queues: KnownQueues) -> str:
    """Return the name of a queue; empty for a block without a destination, which descriptions contain."""
    destination = block.block_or_empty(end)
    queue = queues.name(destination, "Destination") if destination.values else ""
    destination.finish()
    if is_fifo(queue):
        raise TemplateError(
            destination.at("Destination"),
            f"{queues.arns.queue(queue)}: a FIFO queue cannot be a destination; name a standard queue",
        )
    return queue
