"""`AWS::Lambda::EventInvokeConfig`: retries and destinations of asynchronous invocations (RT-08, LA-05)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.aws import limits
from emulator.aws.arns import Arns, is_arn, read_function, read_queue, service_of
from emulator.aws.error_types import OWN_DESTINATION
from emulator.aws.identifiers import LATEST, is_fifo, version_key
from emulator.properties import NotBuiltError, Properties, RefusalError, TemplateError, without_nulls
from emulator.resources.function import FUNCTION_ARN, FUNCTION_NAME, Function, named_function
from emulator.resources.queue import KnownQueues

RETRIES, AGE, DESTINATIONS = "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"
QUALIFIER = "Qualifier"
TARGET = (FUNCTION_NAME, QUALIFIER)  #: properties that name the function
CHANGEABLE = (RETRIES, AGE, DESTINATIONS)  #: properties that an update can change
ON_SUCCESS, ON_FAILURE = "OnSuccess", "OnFailure"
#: services of AWS that can be destinations, and are not emulated, by their names in ARNs
OTHER_SERVICES = {"sns": "SNS topic", "events": "EventBridge bus", "s3": "S3 bucket"}


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """How often and how long an event is retried, and which queues and functions get a record of the outcome."""

    TYPE: ClassVar[str] = "AWS::Lambda::EventInvokeConfig"

    function: str  #: name of the function
    retries: int | None = None  #: None if it was not set
    age_s: int | None = None
    on_failure: str = ""  #: ARN of the queue or function that gets the records; empty: none
    on_success: str = ""
    qualifier: str = LATEST  #: the version or alias whose events it is about

    @classmethod
    def read(
        cls, properties: Properties, queues: KnownQueues, functions: Mapping[str, Function]
    ) -> "EventInvokeConfig":
        """Read a configuration. `functions` has each function by its name and by its ARN.

        A destination need not exist yet.
        """
        function = named_function(properties, FUNCTION_NAME, functions)
        qualifier = properties.text(QUALIFIER)
        destinations = properties.block_or_empty(DESTINATIONS)
        config = cls(
            function.name,
            retries=properties.optional_integer(RETRIES, limits.RETRY_ATTEMPTS),
            age_s=properties.optional_integer(AGE, limits.EVENT_AGE_S),
            on_failure=_destination(destinations, ON_FAILURE, queues, function.name),
            on_success=_destination(destinations, ON_SUCCESS, queues, function.name),
            qualifier=qualifier,
        )
        destinations.finish()
        properties.finish()
        return config

    @property
    def key(self) -> str:
        """The key of the function, version or alias that it is about."""
        return version_key(self.function, self.qualifier)

    @property
    def maximum_retries(self) -> int:
        """How often an event is retried after function errors."""
        return limits.RETRY_ATTEMPTS.default if self.retries is None else self.retries

    @property
    def maximum_age_s(self) -> int:
        """How old an event may become."""
        return limits.EVENT_AGE_S.default if self.age_s is None else self.age_s

    @property
    def destination_queues(self) -> list[str]:
        """The names of the queues that get records."""
        named = [read_queue(arn) for arn in (self.on_success, self.on_failure)]
        return [queue.name for queue in named if queue]

    def as_properties(self) -> dict[str, Any]:
        """Return the template properties from which `read` would make this configuration: those that were set."""
        ends = {ON_SUCCESS: self.on_success, ON_FAILURE: self.on_failure}
        numbers = {RETRIES: self.retries, AGE: self.age_s}
        return {
            FUNCTION_NAME: self.function,
            QUALIFIER: self.qualifier,
            **without_nulls(numbers),
            DESTINATIONS: {end: {"Destination": arn} if arn else {} for end, arn in ends.items()},
        }

    def changed_properties(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return its properties after an UpdateFunctionEventInvokeConfig request; those not in the request stay."""
        return {**self.as_properties(), **without_nulls(request)}

    def describe(self, arns: Arns, modified: float) -> dict[str, Any]:
        """Return the API's description; `modified` is in seconds since 1970."""
        described = self.as_properties()
        del described[FUNCTION_NAME], described[QUALIFIER]  # FunctionArn has both
        return {FUNCTION_ARN: arns.function(self.function, self.qualifier), "LastModified": modified, **described}


def _destination(block: Properties, end: str, queues: KnownQueues, function: str) -> str:
    """Return the ARN of a queue or function; empty for a block without a destination, which descriptions contain."""
    destination = block.block_or_empty(end)
    arn = destination.text("Destination", default="")
    destination.finish()
    if not arn:
        return ""
    path, service = destination.at("Destination"), service_of(arn)
    if service in OTHER_SERVICES:
        raise NotBuiltError(destination.path, f"Destination in an {OTHER_SERVICES[service]}")
    if service == "lambda":
        return _function_destination(path, arn, queues.arns, function)
    if is_arn(arn) and service != "sqs":
        raise RefusalError(path, _invalid(end, arn), f"{arn} cannot be a destination; name a queue or a function")
    if is_fifo(queues.name(destination, "Destination")):
        raise TemplateError(path, f"{arn}: a FIFO queue cannot be a destination; name a standard queue")
    return arn


def _function_destination(path: str, arn: str, arns: Arns, function: str) -> str:
    """Check the ARN of a function that is a destination."""
    target = read_function(arn)
    if target is None or arns != Arns(target.region, target.account_id):
        cure = f"use a function of account {arns.account_id} in {arns.region}"
        raise RefusalError(path, invalid_destination(arn), f"{arn} is not a function of this emulator; {cure}")
    if target.name == function:
        raise RefusalError(path, OWN_DESTINATION, f"{function} would get records of its own events; name another one")
    return arn


def invalid_destination(arn: str) -> str:
    """Return Lambda's message about a destination that does not exist."""
    return f"The destination ARN {arn} is invalid."


def _invalid(end: str, arn: str) -> str:
    """Return Lambda's recorded message about a destination in a service that does not support destinations."""
    success = f"OnSuccess(destination={arn})" if end == ON_SUCCESS else "null"
    failure = f"OnFailure(destination={arn})" if end == ON_FAILURE else "null"
    return f"The provided destination config DestinationConfig(onSuccess={success}, onFailure={failure}) is invalid."
