"""A template's resources, type by type, as the emulator's dataclasses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.resources import EventSourceMapping, Resources
from emulator.template.document import TemplateError, parse_document, read_document
from emulator.template.event_types import read_event_invoke, read_mapping
from emulator.template.intrinsics import Resolver, as_text
from emulator.template.lambda_types import read_function, read_url
from emulator.template.parameters import parameter_values
from emulator.template.permissions import granted, read_permission
from emulator.template.properties import Properties
from emulator.template.queue_arns import KnownQueues
from emulator.template.sqs_types import read_queue

EMULATED = {
    "AWS::SQS::Queue": {"", "Arn", "QueueName", "QueueUrl"},
    "AWS::Lambda::Function": {"", "Arn"},
    "AWS::Lambda::Url": {"", "FunctionUrl", "FunctionArn"},
    "AWS::Lambda::EventInvokeConfig": {""},
    "AWS::Lambda::EventSourceMapping": {"", "Id"},
    "AWS::Lambda::Permission": {"", "Id"},
}
#: what AWS needs and a laptop does not
NOT_EMULATED = {
    "AWS::CloudWatch::Alarm",
    "AWS::ECR::Repository",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::QueuePolicy",
}
SECTIONS = {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs"}
RESOURCE_KEYS = {"Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack stands: what its references resolve to."""

    queue_url: Callable[[str], str]  #: a queue's name to the URL at which functions and clients reach it
    function_url: Callable[[int], str]  #: the position of a function URL in the template, from 0, to its URL
    region: str = "us-east-1"
    account_id: str = "000000000000"
    stack: str = "facepipe"


def load_file(path: Path, *, place: Place, parameters: Mapping[str, str]) -> Resources:
    """Load a template file; `TemplateError` says in one line where it is wrong and what to do."""
    try:
        return _Loading(read_document(path), place, parameters).resources()
    except TemplateError as error:
        raise TemplateError("", f"{path.name}: {error}") from error


def load_text(text: str, *, place: Place, parameters: Mapping[str, str]) -> Resources:
    """Load a template from text; as `load_file`."""
    return _Loading(parse_document(text), place, parameters).resources()


@dataclass(frozen=True, slots=True)
class Declared:
    """One resource of a template as it stands there, its properties resolved: also of types that are not emulated."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]


def load_declared(path: Path, *, place: Place, parameters: Mapping[str, str]) -> tuple[Declared, ...]:
    """Return every resource whose condition holds; `TemplateError` as `load_file`, though with fewer reasons."""
    loading = _Loading(read_document(path), place, parameters)
    return tuple(
        Declared(name, resource["Type"], loading._properties(name))  # noqa: SLF001  # its own module's
        for name, resource in loading.declared.items()
    )


@dataclass(slots=True)
class _Loading:
    document: dict[str, Any]
    place: Place
    given: Mapping[str, str]
    resolver: Resolver = field(init=False)
    declared: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        odd = sorted(set(map(str, self.document)) - SECTIONS)
        if odd:
            raise TemplateError(odd[0], "is no section of a template, or one that is not built (such as Transform)")
        self.declared = self._section("Resources")
        if not self.declared:
            raise TemplateError("Resources", "is missing or empty; a template needs one")
        pseudo = {
            "AWS::Region": self.place.region,
            "AWS::AccountId": self.place.account_id,
            "AWS::Partition": "aws",
            "AWS::StackName": self.place.stack,
            "AWS::StackId": self._arn("cloudformation", f"stack/{self.place.stack}/local"),
            "AWS::URLSuffix": "amazonaws.com",
        }
        values = parameter_values(self._section("Parameters"), self.given)
        self.resolver = Resolver({**values, **pseudo}, self._section("Conditions"), self.declared, self)
        for name, resource in self.declared.items():
            self._check(f"Resources.{name}", resource)
        self.declared = {name: entry for name, entry in self.declared.items() if self._exists(name, entry)}

    def resources(self) -> Resources:
        """Return everything that the template describes."""
        for name in self._of_type(*NOT_EMULATED):  # not emulated, but a dangling reference is still an error
            self._properties(name)
        known_queues = KnownQueues(self.place.region, self.place.account_id)
        queues = tuple(
            read_queue(self._properties(name), name, self._name(name), known_queues)
            for name in self._of_type("AWS::SQS::Queue")
        )
        functions = tuple(
            read_function(self._properties(name), name, self._name(name))
            for name in self._of_type("AWS::Lambda::Function")
        )
        known = {self._arn("lambda", f"function:{f.name}"): f for f in functions} | {f.name: f for f in functions}
        permissions = [
            read_permission(self._properties(name), name, known) for name in self._of_type("AWS::Lambda::Permission")
        ]
        urls = tuple(
            granted(read_url(self._properties(name), name, known), permissions)
            for name in self._of_type("AWS::Lambda::Url")
        )
        known_queues = replace(known_queues, by_name={queue.name: queue for queue in queues})
        mappings = tuple(
            read_mapping(self._properties(name), name, known_queues, known)
            for name in self._of_type("AWS::Lambda::EventSourceMapping")
        )
        _check_twice(mappings)
        event_invokes = tuple(
            read_event_invoke(self._properties(name), name, known_queues, known)
            for name in self._of_type("AWS::Lambda::EventInvokeConfig")
        )
        skipped = tuple(f"{name} ({self.declared[name]['Type']})" for name in self._of_type(*NOT_EMULATED))
        return Resources(queues, functions, urls, mappings, event_invokes, skipped, self._outputs())

    def attribute(self, logical_id: str, name: str) -> str:
        """Return what other parts of the template may ask of a resource; "" is what Ref gives."""
        if logical_id not in self.declared:
            raise TemplateError(f"Resources.{logical_id}", "is referred to, but its Condition is false")
        kind = self.declared[logical_id]["Type"]
        if kind in NOT_EMULATED:
            return self._arn(kind.split("::")[1].lower(), logical_id) if name else logical_id
        if name not in EMULATED[kind]:
            raise TemplateError(f"Resources.{logical_id}", f"{kind} has no attribute {name}")
        if kind == "AWS::SQS::Queue":
            queue = self._name(logical_id)
            url = self.place.queue_url(queue)
            return {"Arn": self._arn("sqs", queue), "QueueName": queue}.get(name, url)
        if kind == "AWS::Lambda::Function":
            function = self._name(logical_id)
            return self._arn("lambda", f"function:{function}") if name == "Arn" else function
        if kind == "AWS::Lambda::Url":
            if name == "FunctionUrl":
                return self.place.function_url(self._of_type(kind).index(logical_id))
            return as_text(self._properties(logical_id).get("TargetFunctionArn"))
        return logical_id

    def _name(self, logical_id: str) -> str:
        """Return the name of a queue or function: its own, or as CloudFormation would make one."""
        properties = self.declared[logical_id].get("Properties") or {}
        kind = self.declared[logical_id]["Type"]
        key = "QueueName" if kind == "AWS::SQS::Queue" else "FunctionName"
        path = f"Resources.{logical_id}.Properties.{key}"
        if key not in properties:
            fifo = kind == "AWS::SQS::Queue" and as_text(self.resolver.resolve(properties.get("FifoQueue", ""), path))
            return f"{self.place.stack}-{logical_id}{'.fifo' if fifo == 'true' else ''}"
        return as_text(self.resolver.resolve(properties[key], path))

    def _properties(self, logical_id: str) -> dict[str, Any]:
        path = f"Resources.{logical_id}.Properties"
        properties = self.resolver.resolve(self.declared[logical_id].get("Properties") or {}, path)
        return Properties.of(path, properties).values

    def _of_type(self, *kinds: str) -> list[str]:
        return [name for name, resource in self.declared.items() if resource["Type"] in kinds]

    def _exists(self, name: str, resource: Mapping[str, Any]) -> bool:
        condition = resource.get("Condition")
        return condition is None or self.resolver.holds(condition, f"Resources.{name}.Condition")

    def _check(self, path: str, resource: Any) -> None:
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(path, "needs a Type")
        odd = sorted(set(map(str, resource)) - RESOURCE_KEYS)
        if odd:
            raise TemplateError(f"{path}.{odd[0]}", "is not built here, or does not exist; remove it")
        if resource["Type"] not in EMULATED and resource["Type"] not in NOT_EMULATED:
            built = ", ".join(sorted(EMULATED))
            raise TemplateError(f"{path}.Type", f"{resource['Type']} is not emulated; built are {built}")

    def _section(self, name: str) -> dict[str, Any]:
        section = self.document.get(name) or {}
        if not isinstance(section, dict):
            raise TemplateError(name, "must be a mapping")
        return section

    def _outputs(self) -> dict[str, str]:
        outputs = {}
        for name, output in self._section("Outputs").items():
            path = f"Outputs.{name}"
            block = Properties.of(path, output)
            condition = block.raw("Condition")
            if condition is None or self.resolver.holds(condition, f"{path}.Condition"):
                outputs[str(name)] = as_text(self.resolver.resolve(block.raw("Value"), f"{path}.Value"))
        return outputs

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.place.region}:{self.place.account_id}:{resource}"


def _check_twice(mappings: tuple[EventSourceMapping, ...]) -> None:
    """Refuse a second mapping from the same queue to the same function, as the API does (ES-43)."""
    first: dict[tuple[str, str], str] = {}
    for mapping in mappings:
        ends = (mapping.queue, mapping.function)
        if ends in first:
            raise TemplateError(
                f"Resources.{mapping.logical_id}",
                f"an event source mapping from {mapping.queue} to {mapping.function} already exists:"
                f" {first[ends]}; remove one",
            )
        first[ends] = mapping.logical_id
