"""What of a template's properties differs here from AWS: each is named at the start, with what the difference is."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.arns import is_arn, service_of
from emulator.properties import NotBuiltError, TemplateError
from emulator.resources import Alias, EventInvokeConfig, EventSourceMapping, Function, FunctionUrl, Queue
from emulator.resources.function_url import STREAMED
from emulator.template.aws_properties import AwsProperties

NO_EFFECT = "it has no effect here"
SAM_TAG = "lambda:createdBy"  #: the tag that SAM gives every function
#: Lambda's names of architectures → what Python calls them
MACHINES = {"x86_64": ("x86_64", "amd64"), "arm64": ("arm64", "aarch64")}
QUEUE_KEYS = "messages are not encrypted with the key, and its policy is not checked"
#: emulated type → property → what differs. These are not passed on to the readers
WITHOUT_EFFECT: Mapping[str, Mapping[str, str]] = {
    Function.TYPE: {
        "CapacityProviderConfig": "environments are not shared among calls",
        "CodeSigningConfigArn": "signatures of code are not checked",
        "DurableConfig": "an execution is one call without checkpoints: nothing suspends or replays it",
        "FileSystemConfigs": "no file system is mounted under /mnt",
        "FunctionScalingConfig": NO_EFFECT,
        "KmsKeyArn": "variables are not encrypted",
        "RecursiveLoop": "recursive loops are stopped after 16 invocations all the same",
        "RuntimeManagementConfig": "the runtime is the Python of this machine, or of the image",
        "TenancyConfig": "all tenants share the function's environments",
        "TracingConfig": "traces are kept by the emulator (facepipe trace), and X-Ray gets none",
        "VpcConfig": "the function is on this machine's network, not in the VPC",
    },
    Alias.TYPE: {
        "ProvisionedConcurrencyConfig": NO_EFFECT,
        "RoutingConfig": "all calls go to one version",
    },
    EventSourceMapping.TYPE: {
        "KmsKeyArn": "filters are not encrypted",
        "LoggingConfig": NO_EFFECT,
        "MetricsConfig": "facepipe stats counts, and CloudWatch gets no metrics",
        "Tags": NO_EFFECT,
    },
    Queue.TYPE: {
        "KmsDataKeyReusePeriodSeconds": QUEUE_KEYS,
        "KmsMasterKeyId": QUEUE_KEYS,
        "RedriveAllowPolicy": "every queue may use it as its dead-letter queue",
        "Tags": NO_EFFECT,
    },
}
#: emulated type → properties that nothing reads: their values need not be known
UNREAD = {Function.TYPE: ("Role", "Description")}


def has_effect(kind: str, name: str) -> bool:
    """Return whether the emulator acts on a property of an emulated type."""
    return name not in WITHOUT_EFFECT.get(kind, {}) and name not in UNREAD.get(kind, ())


def _architectures(value: Any) -> str:
    machine = platform.machine().lower()
    wanted = [str(item) for item in value] if isinstance(value, list) else [str(value)]
    if all(machine in MACHINES.get(name, ()) for name in wanted):
        return ""
    return f"{', '.join(wanted)} is not this machine's processor, which is {machine}: its code runs on this one"


def _invoke_mode(value: Any) -> str:
    return "" if value != STREAMED else "an answer arrives whole when the function has ended, not as a stream"


def _dead_letters(value: Any) -> str:
    target = str(value.get("TargetArn")) if isinstance(value, dict) else ""
    return f"{target} is not a queue, so it gets no failed events" if service_of(target) not in ("", "sqs") else ""


def _tags(value: Any) -> str:
    tags = value if isinstance(value, list) else [value]
    own = [tag for tag in tags if not isinstance(tag, dict) or tag.get("Key") != SAM_TAG]
    return NO_EFFECT if own else ""


def _layers(value: Any) -> str:
    arns = [str(layer) for layer in value if is_arn(str(layer))] if isinstance(value, list) else []
    return f"{', '.join(arns)} is not on this machine: what is imported from it is missing" if arns else ""


def _destinations(value: Any) -> str:
    ends = value.values() if isinstance(value, dict) else ()
    targets = [str(end["Destination"]) for end in ends if isinstance(end, dict) and "Destination" in end]
    others = [target for target in targets if service_of(target) not in ("", "sqs", "lambda")]
    return f"{', '.join(others)} is neither a queue nor a function, so it gets no records" if others else ""


#: the same for properties that differ for some values only; other values are passed on to the readers
FOR_SOME_VALUES: Mapping[str, Mapping[str, Callable[[Any], str]]] = {
    Function.TYPE: {
        "Architectures": _architectures,
        "DeadLetterConfig": _dead_letters,
        "Layers": _layers,
        "Tags": _tags,
    },
    FunctionUrl.TYPE: {"InvokeMode": _invoke_mode},
    EventInvokeConfig.TYPE: {"DestinationConfig": _destinations},
}


def _environment(value: Any) -> str:
    variables = value.get("Variables") if isinstance(value, dict) else None
    wrapper = isinstance(variables, dict) and "AWS_LAMBDA_EXEC_WRAPPER" in variables
    return "functions that run as processes start without the script of AWS_LAMBDA_EXEC_WRAPPER" if wrapper else ""


#: the same for properties that are passed on to the readers all the same
PASSED_ON: Mapping[str, Mapping[str, Callable[[Any], str]]] = {Function.TYPE: {"Environment": _environment}}


@dataclass(slots=True)
class Differences:
    """Collects the differences of a template."""

    _aws: AwsProperties = field(default_factory=AwsProperties)
    _found: dict[tuple[str, str], list[str]] = field(default_factory=dict)  #: property, difference → resources

    def note(self, name: str, logical_id: str, difference: str) -> None:
        """Add a difference of a property."""
        resources = self._found.setdefault((name, difference), [])
        if logical_id not in resources:
            resources.append(logical_id)

    def take(self, kind: str, logical_id: str, name: str, value: Any) -> bool:
        """Return whether a property has no effect here; then its difference is noted."""
        if (look := PASSED_ON.get(kind, {}).get(name)) and (partly := look(value)):
            self.note(name, logical_id, partly)
        difference = WITHOUT_EFFECT.get(kind, {}).get(name, "")
        if not difference and (find := FOR_SOME_VALUES.get(kind, {}).get(name)):
            difference = find(value)
        if difference:
            self.note(name, logical_id, difference)
        return bool(difference)

    def take_unknown(self, kind: str, logical_id: str, error: NotBuiltError, path: Sequence[str]) -> None:
        """Note an unknown property of the block at `path`. Raises `TemplateError` if AWS does not have it."""
        name = str(error.name)
        if name in self._aws.names(kind, path):
            self.note(".".join([*path, name]), logical_id, NO_EFFECT)
            return
        nearest = self._aws.nearest(name, kind, path)
        where = f"{kind} has no property {error.name}" + (f" in {'.'.join(path)}" if path else "")
        cure = f"did you mean {nearest}?" if nearest else "correct its name, or remove it"
        raise TemplateError(error.path, f"{where}; {cure}")

    def texts(self) -> tuple[str, ...]:
        """Return a line for each difference."""
        return tuple(f"{name} ({', '.join(who)}): {difference}" for (name, difference), who in self._found.items())
