"""Loads a template: reads each resource into the dataclass of its type, and reports all problems at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from emulator.aws.identifiers import LATEST
from emulator.log_text import printable
from emulator.properties import Properties, TemplateError
from emulator.resources import (
    Alias,
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    FunctionUrl,
    KnownQueues,
    Permission,
    Queue,
    Resources,
)
from emulator.resources.event_invoke import QUALIFIER
from emulator.resources.function import FUNCTION_NAME
from emulator.resources.queue import QUEUE_NAME
from emulator.template.code_sources import with_sources
from emulator.template.declarations import Declarations
from emulator.template.differences import Differences
from emulator.template.document import parse_document, parse_file, read_document, read_text
from emulator.template.outside import outside
from emulator.template.references import Place
from emulator.template.resource_types import LAYER, is_emulated
from emulator.template.sam import LOCAL_BUCKET, Translation, translate

ResourceT = TypeVar("ResourceT")


def load_file(path: Path, *, place: Place, parameters: Mapping[str, str]) -> Resources:
    """Load a template file; `TemplateError` says where its problems are and what to do."""
    text = read_text(path)
    try:
        return _load(parse_file(path, text), place, parameters)
    except TemplateError as error:
        raise TemplateError("", f"{printable(path.name)}: {error}") from error


def load_text(text: str, *, place: Place, parameters: Mapping[str, str]) -> Resources:
    """Load a template from its text, like `load_file`."""
    return _load(parse_document(text), place, parameters)


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource of any type as the template declares it, with resolved properties."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]


def load_declared(path: Path, *, place: Place, parameters: Mapping[str, str]) -> tuple[Declared, ...]:
    """Return all resources whose condition is true; `TemplateError` if references cannot be resolved."""
    translation = translate(read_document(path), parameters, place.region)
    declarations = Declarations(translation.document, place, parameters)
    declared = tuple(
        Declared(name, resource["Type"], declarations.resolved(name).properties.values)
        for name, resource in declarations.references.declared.items()
    )
    declarations.problems.check()
    return declared


def _load(document: dict[str, Any], place: Place, parameters: Mapping[str, str]) -> Resources:
    translation = translate(document, parameters, place.region)
    declarations = Declarations(translation.document, place, parameters)
    resources = _Loading(declarations, translation).resources()
    declarations.problems.check()
    return with_sources(resources, document)


@dataclass(slots=True)
class _Loading:
    declarations: Declarations
    translation: Translation
    differences: Differences = field(default_factory=Differences)
    named: list[str] = field(default_factory=list)  #: what is accepted without effect: "what (type)"
    known: dict[str, Function] = field(default_factory=dict)  #: the functions by name and by ARN

    def resources(self) -> Resources:
        """Return all resources of the template that can be read."""
        arns, references = self.declarations.place.arns, self.declarations.references
        self._name_the_others()
        queues = self._read(Queue, lambda properties, name: Queue.read(properties, name, KnownQueues(arns)))
        functions = self._read(Function, Function.read)
        self._check_names(QUEUE_NAME, queues)
        self._check_names(FUNCTION_NAME, functions)
        known = {arns.function(f.name): f for f in functions} | {f.name: f for f in functions}
        for name in references.names_of_types(Function.TYPE):  # of one with problems, references to it are none
            known = {**self._stand_ins(name), **known}
        self.known = known
        permissions = self._read(Permission, lambda properties, _: Permission.read(properties, known))
        urls = self._read(FunctionUrl, lambda properties, _: FunctionUrl.read(properties, known).granted(permissions))
        known_queues = replace(KnownQueues(arns), by_name={queue.name: queue for queue in queues})
        mappings = self._read(
            EventSourceMapping, lambda properties, _: EventSourceMapping.read(properties, known_queues, known)
        )
        event_invokes = self._read(
            EventInvokeConfig, lambda properties, _: EventInvokeConfig.read(properties, known_queues, known)
        )
        aliases = self._read(Alias, lambda properties, _: Alias.read(properties, known))
        self._check_twice(mappings)
        outputs = self.declarations.outputs()
        differences = self.differences.texts()
        return Resources(
            queues,
            functions,
            urls,
            mappings,
            event_invokes,
            not_emulated=tuple(self.named),
            permissions=permissions,
            differences=differences,
            outputs=outputs,
            aliases=aliases,
        )

    def _read(self, kind: Any, read: Callable[[Properties, str], ResourceT]) -> tuple[ResourceT, ...]:
        """Read the resources of a type; `read` gets the properties, and the name if the type has one."""
        problems, found = self.declarations.problems, []
        for logical_id in self.declarations.references.names_of_types(kind.TYPE):
            resolved = self.declarations.resolved(logical_id)
            name = self._name(logical_id) if kind in (Queue, Function) else ""
            if what := outside(kind.TYPE, resolved.properties, self.declarations.references.declared, self.known):
                self.named.append(f"{logical_id} {what} ({kind.TYPE})")
                continue
            properties = self._with_latest(self._with_effect(kind.TYPE, resolved.properties))
            resource = problems.read(
                properties,
                lambda properties: read(properties, name),  # noqa: B023
                partial(self.differences.take_unknown, kind.TYPE, logical_id),
                resolved.lost,
            )
            if resource is not None:
                found.append(resource)
        return tuple(found)

    def _with_effect(self, kind: str, properties: Properties) -> Properties:
        """Return the properties without those that have no effect here, which are noted."""
        values = {
            name: value
            for name, value in properties.values.items()
            if not self.differences.take(kind, properties.logical_id, name, value)
        }
        return Properties.from_resource(properties.logical_id, values)

    def _name(self, logical_id: str) -> str:
        return self.declarations.problems.attempt(lambda: self.declarations.references.name(logical_id), logical_id)

    def _stand_ins(self, logical_id: str) -> dict[str, Function]:
        """Return a function in place of one that cannot be read, perhaps because of its name, by name and by ARN."""
        name = self._name(logical_id)
        values = {"PackageType": "Image", "Code": {"ImageUri": "image"}}
        function = replace(Function.read(Properties.from_resource(logical_id, values), "any"), name=name)
        return {name: function, self.declarations.place.arns.function(name): function}

    def _with_latest(self, properties: Properties) -> Properties:
        """Put $LATEST in place of an alias of this template."""
        references, problems = self.declarations.references, self.declarations.problems
        aliases = problems.attempt(references.alias_names, list[str]())
        if properties.raw(QUALIFIER) not in aliases:
            return properties
        return Properties.from_resource(properties.logical_id, {**properties.values, QUALIFIER: LATEST})

    def _name_the_others(self) -> None:
        """Name the resources that are not emulated; their references must resolve all the same."""
        for name, resource in self.declarations.references.declared.items():
            if not is_emulated(resource["Type"]):
                properties = self.declarations.resolved(name).properties
                if resource["Type"] == LAYER and _is_local(properties.raw("Content")):
                    continue
                self.named.append(f"{name} ({resource['Type']})")
        self.named += [*self.translation.not_emulated, *self.declarations.unused]

    def _check_names(self, key: str, resources: Sequence[Queue] | Sequence[Function]) -> None:
        """Refuse a second queue or function of the same name: CloudFormation would fail at it ("already exists")."""
        first: dict[str, str] = {}
        for resource in resources:
            if resource.name in first:
                path = f"Resources.{resource.logical_id}.Properties.{key}"
                problem = f"{resource.name} is the name of {first[resource.name]} as well; choose another"
                self.declarations.problems.add(TemplateError(path, problem))
            first.setdefault(resource.name, resource.logical_id)

    def _check_twice(self, mappings: tuple[EventSourceMapping, ...]) -> None:
        """Refuse a second mapping from the same queue to the same function, like Lambda's API (ES-43)."""
        first: dict[tuple[str, str], str] = {}
        for mapping in mappings:
            if mapping.queue_and_function in first:
                problem = f"an event source mapping from {mapping.queue} to {mapping.function} already exists:"
                cure = f"{first[mapping.queue_and_function]}; remove one"
                error = TemplateError(f"Resources.{mapping.logical_id}", f"{problem} {cure}")
                self.declarations.problems.add(error)
            first.setdefault(mapping.queue_and_function, mapping.logical_id)


def _is_local(content: Any) -> bool:
    """Return whether a layer's content is a path of this machine, also after its translation from SAM."""
    bucket = content.get("S3Bucket") if isinstance(content, dict) else None
    return isinstance(content, str) or bucket == LOCAL_BUCKET.removeprefix("s3://").strip("/")
