"""A template's sections: its parameters, conditions and outputs, and the resources that it declares."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.identifiers import is_logical_id
from emulator.properties import Properties, TemplateError, as_text
from emulator.template.differences import has_effect
from emulator.template.intrinsics import NO_VALUE, Resolver, UnknownFunctionError
from emulator.template.parameters import parameter_values
from emulator.template.references import Place, References
from emulator.template.resource_types import TRANSFORM, check_type, is_emulated
from emulator.template.template_problems import Problems

SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
    "Transform",
}
UNUSED_SECTIONS = {"Rules", "Hooks"}  #: CloudFormation has them, and they have no effect here
RESOURCE_KEYS = {
    "Type",
    "Properties",
    "Condition",
    "DependsOn",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "CreationPolicy",
    "UpdatePolicy",
    "Metadata",
}
LOST = object()  #: stands for a value that could not be resolved


@dataclass(frozen=True, slots=True)
class ResolvedProperties:
    """A resource's properties with every reference resolved."""

    properties: Properties
    lost: tuple[str, ...]  #: names of properties that could not be resolved


@dataclass(slots=True)
class Declarations:
    """What a template declares. Problems are added to `problems`, and the rest stays usable."""

    document: Mapping[str, Any]
    place: Place
    given: Mapping[str, str]  #: values of parameters
    problems: Problems = field(default_factory=Problems)
    unused: list[str] = field(default_factory=list)  #: sections and transforms of AWS that have no effect here
    references: References = field(init=False)

    def __post_init__(self) -> None:
        self._check_sections()
        declared = self._section("Resources")
        if not declared:
            self.problems.add(TemplateError("Resources", "is missing or empty; add a resource"))
        values = parameter_values(self._section("Parameters"), self.given, self.problems, self.place.outside)
        resolver = Resolver(
            {**values, **self.place.pseudo_parameters()},
            self._section("Conditions"),
            declared,
            self._section("Mappings"),
            outside=self.place.outside,
        )
        sound = {name: entry for name, entry in declared.items() if self._is_sound(str(name), entry)}
        self.references = References(self.place, {})
        self.references.resolve_with(resolver)
        self.references.declared = {name: entry for name, entry in sound.items() if self._exists(name, entry)}

    def resolved(self, logical_id: str) -> ResolvedProperties:
        """Return a resource's properties; those that cannot be resolved are problems and left out."""
        resource, path = self.references.declared[logical_id], f"Resources.{logical_id}.Properties"
        none = Properties.from_mapping(path, {})
        declared = self.problems.attempt(
            lambda: Properties.from_mapping(path, resource.get("Properties") or {}), none
        ).values
        kind, values, lost = resource["Type"], {}, []
        for name, node in declared.items():
            needed = is_emulated(kind) and has_effect(kind, name)
            value = self._resolve(node, f"{path}.{name}", emulated=needed)
            if value is LOST:
                lost.append(name)
            elif value is not NO_VALUE:
                values[name] = value
        return ResolvedProperties(Properties.from_resource(logical_id, values), tuple(lost))

    def outputs(self) -> dict[str, str]:
        """Return the outputs whose conditions are true."""
        outputs = {}
        for name, output in self._section("Outputs").items():
            value = self.problems.attempt(lambda: self._output(f"Outputs.{name}", output), None)  # noqa: B023
            if value is not None:
                outputs[str(name)] = value
        return outputs

    def _resolve(self, node: Any, path: str, *, emulated: bool) -> Any:
        def resolve() -> Any:
            try:
                value = self.references.resolver.resolve(node, path)
            except UnknownFunctionError:
                if emulated:
                    raise
                return NO_VALUE  # a resource without effect needs no values
            return self.place.outside.filled(value, path) if emulated and value is not NO_VALUE else value

        return self.problems.attempt(resolve, LOST)

    def _output(self, path: str, output: Any) -> str | None:
        block, resolver = Properties.from_mapping(path, output), self.references.resolver
        condition = block.raw("Condition")
        if condition is not None and not resolver.holds(condition, f"{path}.Condition"):
            return None
        try:
            return as_text(resolver.resolve(block.raw("Value"), f"{path}.Value"))
        except UnknownFunctionError:
            return None

    def _exists(self, name: str, resource: Mapping[str, Any]) -> bool:
        condition, path = resource.get("Condition"), f"Resources.{name}.Condition"
        if condition is None:
            return True
        return self.problems.attempt(lambda: self.references.resolver.holds(condition, path), otherwise=True)

    def _is_sound(self, logical_id: str, resource: Any) -> bool:
        path = f"Resources.{logical_id}"
        if not is_logical_id(logical_id):
            problem = f"{logical_id!r} cannot be a logical id; use letters and digits only"
            self.problems.add(TemplateError("Resources", problem))
            return False
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            self.problems.add(TemplateError(path, "needs a Type"))
            return False
        for key in sorted(set(map(str, resource)) - RESOURCE_KEYS):
            near = difflib.get_close_matches(key, sorted(RESOURCE_KEYS), n=1)
            cure = f"did you mean {near[0]}?" if near else f"a resource has {', '.join(sorted(RESOURCE_KEYS))}"
            self.problems.add(TemplateError(f"{path}.{key}", f"CloudFormation has no such key; {cure}"))
        self.problems.attempt(lambda: check_type(resource["Type"], path), None)
        return True

    def _check_sections(self) -> None:
        transforms = self.document.get("Transform")
        for transform in transforms if isinstance(transforms, list) else [transforms] if transforms else []:
            name = transform.get("Name") if isinstance(transform, dict) else transform
            self.unused.append(f"{name} (transform: resources are run as the template has them)")
        for name in sorted(set(map(str, self.document)) - SECTIONS):
            if name in UNUSED_SECTIONS:
                self.unused.append(f"{name} (section)")
                continue
            near = difflib.get_close_matches(name, sorted({*SECTIONS, *UNUSED_SECTIONS}), n=1)
            cure = f"did you mean {near[0]}?" if near else "correct its name, or remove it"
            if name == "Globals":
                cure = f"it is a section of SAM: add Transform: {TRANSFORM} to the template"
            self.problems.add(TemplateError(name, f"is not a section of a template; {cure}"))

    def _section(self, name: str) -> dict[str, Any]:
        section = self.document.get(name) or {}
        if isinstance(section, dict):
            return section
        self.problems.add(TemplateError(name, "must be a mapping"))
        return {}
