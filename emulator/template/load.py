"""Loads a template: reads each resource into the dataclass of its type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.aws.arns import PARTITION, Arns
from emulator.aws.identifiers import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, FIFO_SUFFIX, is_logical_id
from emulator.properties import Properties, TemplateError, as_text
from emulator.resources import (
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    FunctionUrl,
    KnownQueues,
    Permission,
    Queue,
    Resources,
)
from emulator.resources.function import FUNCTION_NAME
from emulator.resources.function_url import TARGET_FUNCTION
from emulator.resources.queue import FIFO_QUEUE, QUEUE_NAME
from emulator.template.document import parse_document, read_document
from emulator.template.intrinsics import Resolver
from emulator.template.parameters import parameter_values

EMULATED = {
    Queue.TYPE: {"", "Arn", QUEUE_NAME, "QueueUrl"},
    Function.TYPE: {"", "Arn"},
    FunctionUrl.TYPE: {"", "FunctionUrl", "FunctionArn"},
    EventInvokeConfig.TYPE: {""},
    EventSourceMapping.TYPE: {"", "Id"},
    Permission.TYPE: {"", "Id"},
}
#: accepted without effect: these matter on AWS, but not on one machine
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
    """Where the stack runs: the addresses, region and account to which references resolve."""

    queue_url: Callable[[str], str]  #: returns the URL at which functions and clients reach the queue of this name
    function_url: Callable[[int], str]  #: returns the address of the template's nth function URL, counted from 0
    region: str = DEFAULT_REGION
    account_id: str = DEFAULT_ACCOUNT_ID
    stack: str = "facepipe"


def load_file(path: Path, *, place: Place, parameters: Mapping[str, str]) -> Resources:
    """Load a template file; `TemplateError` says in one line where the problem is and what to do."""
    try:
        return _Loading(read_document(path), place, parameters).resources()
    except TemplateError as error:
        raise TemplateError("", f"{path.name}: {error}") from error


def load_text(text: str, *, place: Place, parameters: Mapping[str, str]) -> Resources:
    """Load a template from its text, like `load_file`."""
    return _Loading(parse_document(text), place, parameters).resources()


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource of any type as the template declares it, with resolved properties."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]


def load_declared(path: Path, *, place: Place, parameters: Mapping[str, str]) -> tuple[Declared, ...]:
    """Return all resources whose condition is true; `TemplateError` if references cannot be resolved."""
    loading = _Loading(read_document(path), place, parameters)
    return tuple(
        Declared(name, resource["Type"], loading._properties(name).values)  # noqa: SLF001  # private to this module
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
            raise TemplateError(odd[0], "is not a section of a template, or is not emulated (such as Transform)")
        self.declared = self._section("Resources")
        if not self.declared:
            raise TemplateError("Resources", "is missing or empty; add a resource")
        pseudo = {
            "AWS::Region": self.place.region,
            "AWS::AccountId": self.place.account_id,
            "AWS::Partition": PARTITION,
            "AWS::StackName": self.place.stack,
            "AWS::StackId": self._arns.stack(self.place.stack),
            "AWS::URLSuffix": "amazonaws.com",
        }
        values = parameter_values(self._section("Parameters"), self.given)
        self.resolver = Resolver({**values, **pseudo}, self._section("Conditions"), self.declared, self)
        for name, resource in self.declared.items():
            if not is_logical_id(str(name)):
                raise TemplateError("Resources", f"{name!r} cannot be a logical id; use letters and digits only")
            self._check(f"Resources.{name}", resource)
        self.declared = {name: entry for name, entry in self.declared.items() if self._exists(name, entry)}

    def resources(self) -> Resources:
        """Return all resources of the template."""
        for name in self._of_type(*NOT_EMULATED):  # their references must resolve all the same
            self._properties(name)
        known_queues = KnownQueues(self._arns)
        queues = tuple(
            Queue.read(self._properties(name), self._name(name), known_queues) for name in self._of_type(Queue.TYPE)
        )
        functions = tuple(
            Function.read(self._properties(name), self._name(name)) for name in self._of_type(Function.TYPE)
        )
        _check_names(QUEUE_NAME, queues)
        _check_names(FUNCTION_NAME, functions)
        known = {self._arns.function(f.name): f for f in functions} | {f.name: f for f in functions}
        permissions = [Permission.read(self._properties(name), known) for name in self._of_type(Permission.TYPE)]
        urls = tuple(
            FunctionUrl.read(self._properties(name), known).granted(permissions)
            for name in self._of_type(FunctionUrl.TYPE)
        )
        known_queues = replace(known_queues, by_name={queue.name: queue for queue in queues})
        mappings = tuple(
            EventSourceMapping.read(self._properties(name), known_queues, known)
            for name in self._of_type(EventSourceMapping.TYPE)
        )
        _check_twice(mappings)
        event_invokes = tuple(
            EventInvokeConfig.read(self._properties(name), known_queues, known)
            for name in self._of_type(EventInvokeConfig.TYPE)
        )
        skipped = tuple(f"{name} ({self.declared[name]['Type']})" for name in self._of_type(*NOT_EMULATED))
        return Resources(queues, functions, urls, mappings, event_invokes, skipped, self._outputs())

    def attribute(self, logical_id: str, name: str) -> str:
        """Return an attribute of a resource; the name "" means the value of Ref."""
        if logical_id not in self.declared:
            raise TemplateError(f"Resources.{logical_id}", "is referenced, but its Condition is false")
        kind = self.declared[logical_id]["Type"]
        if kind in NOT_EMULATED:
            return self._arns.resource(kind.split("::")[1].lower(), logical_id) if name else logical_id
        if name not in EMULATED[kind]:
            raise TemplateError(f"Resources.{logical_id}", f"{kind} has no attribute {name}")
        if kind == Queue.TYPE:
            queue = self._name(logical_id)
            url = self.place.queue_url(queue)
            return {"Arn": self._arns.queue(queue), QUEUE_NAME: queue}.get(name, url)
        if kind == Function.TYPE:
            function = self._name(logical_id)
            return self._arns.function(function) if name == "Arn" else function
        if kind == FunctionUrl.TYPE:
            if name == "FunctionUrl":
                return self.place.function_url(self._of_type(kind).index(logical_id))
            return as_text(self._properties(logical_id).raw(TARGET_FUNCTION))
        return logical_id

    def _name(self, logical_id: str) -> str:
        """Return the name of a queue or function, or one generated like CloudFormation's if the template has none."""
        properties = self.declared[logical_id].get("Properties") or {}
        kind = self.declared[logical_id]["Type"]
        key = QUEUE_NAME if kind == Queue.TYPE else FUNCTION_NAME
        path = f"Resources.{logical_id}.Properties.{key}"
        if key not in properties:
            fifo = kind == Queue.TYPE and as_text(self.resolver.resolve(properties.get(FIFO_QUEUE, ""), path))
            return f"{self.place.stack}-{logical_id}{FIFO_SUFFIX if fifo == 'true' else ''}"
        return as_text(self.resolver.resolve(properties[key], path))

    def _properties(self, logical_id: str) -> Properties:
        path = f"Resources.{logical_id}.Properties"
        values = self.resolver.resolve(self.declared[logical_id].get("Properties") or {}, path)
        return Properties.from_resource(logical_id, Properties.from_mapping(path, values).values)

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
            raise TemplateError(f"{path}.{odd[0]}", "is not emulated, or does not exist on AWS; remove it")
        if resource["Type"] not in EMULATED and resource["Type"] not in NOT_EMULATED:
            built = ", ".join(sorted(EMULATED))
            raise TemplateError(f"{path}.Type", f"{resource['Type']} is not emulated; the emulated types are {built}")

    def _section(self, name: str) -> dict[str, Any]:
        section = self.document.get(name) or {}
        if not isinstance(section, dict):
            raise TemplateError(name, "must be a mapping")
        return section

    def _outputs(self) -> dict[str, str]:
        outputs = {}
        for name, output in self._section("Outputs").items():
            path = f"Outputs.{name}"
            block = Properties.from_mapping(path, output)
            condition = block.raw("Condition")
            if condition is None or self.resolver.holds(condition, f"{path}.Condition"):
                outputs[str(name)] = as_text(self.resolver.resolve(block.raw("Value"), f"{path}.Value"))
        return outputs

    @property
    def _arns(self) -> Arns:
        return Arns(self.place.region, self.place.account_id)


def _check_names(key: str, resources: Sequence[Queue] | Sequence[Function]) -> None:
    """Refuse a second queue or function of the same name: CloudFormation would fail at it ("already exists")."""
    first: dict[str, str] = {}
    for resource in resources:
        if resource.name in first:
            raise TemplateError(
                f"Resources.{resource.logical_id}.Properties.{key}",
                f"{resource.name} is the name of {first[resource.name]} as well; choose another",
            )
        first[resource.name] = resource.logical_id


def _check_twice(mappings: tuple[EventSourceMapping, ...]) -> None:
    """Refuse a second mapping from the same queue to the same function, like Lambda's API (ES-43)."""
    first: dict[tuple[str, str], str] = {}
    for mapping in mappings:
        if mapping.queue_and_function in first:
            raise TemplateError(
                f"Resources.{mapping.logical_id}",
                f"an event source mapping from {mapping.queue} to {mapping.function} already exists:"
                f" {first[mapping.queue_and_function]}; remove one",
            )
        first[mapping.queue_and_function] = mapping.logical_id
