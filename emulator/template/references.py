"""Names and attributes of a template's resources, as references to them resolve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.arns import PARTITION, Arns
from emulator.aws.identifiers import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, FIFO_SUFFIX, LATEST
from emulator.properties import TemplateError, as_text
from emulator.resources import Function, FunctionUrl, Queue
from emulator.resources.function import FUNCTION_NAME
from emulator.resources.function_url import TARGET_FUNCTION
from emulator.resources.queue import FIFO_QUEUE, QUEUE_NAME
from emulator.template.dynamic_references import OutsideValues
from emulator.template.intrinsics import Resolver
from emulator.template.resource_types import ALIAS, EMULATED, FUNCTION_VERSIONS, is_emulated


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack runs: the addresses, region and account to which references resolve."""

    queue_url: Callable[[str], str]  #: returns the URL at which functions and clients reach the queue of this name
    function_url: Callable[[int], str]  #: returns the address of the template's nth function URL, counted from 0
    region: str = DEFAULT_REGION
    account_id: str = DEFAULT_ACCOUNT_ID
    stack: str = "facepipe"
    outside: OutsideValues = OutsideValues()

    @property
    def arns(self) -> Arns:
        """Builds ARNs of this account and region."""
        return Arns(self.region, self.account_id)

    def pseudo_parameters(self) -> dict[str, str]:
        """Return the values of AWS::Region and the like."""
        return {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account_id,
            "AWS::Partition": PARTITION,
            "AWS::StackName": self.stack,
            "AWS::StackId": self.arns.stack(self.stack),
            "AWS::URLSuffix": "amazonaws.com",
        }


@dataclass(slots=True)
class References:
    """Resolves references to the resources of a template."""

    place: Place
    declared: Mapping[str, Any]  #: the resources whose conditions are true
    resolver: Resolver = field(init=False)

    def resolve_with(self, resolver: Resolver) -> None:
        """Set the resolver, which in turn asks this object for attributes."""
        self.resolver = resolver
        resolver.attributes = self

    def names_of_types(self, *kinds: str) -> list[str]:
        """Return the logical ids of the resources of these types, in the template's order."""
        return [name for name, resource in self.declared.items() if resource["Type"] in kinds]

    def attribute(self, logical_id: str, name: str) -> str:
        """Return an attribute of a resource; the name "" means the value of Ref."""
        if logical_id not in self.declared:
            raise TemplateError(f"Resources.{logical_id}", "is referenced, but its Condition is false")
        kind = self.declared[logical_id]["Type"]
        if kind in FUNCTION_VERSIONS:
            return LATEST if name == "Version" else self._function_of_version(logical_id)
        if not is_emulated(kind):
            return self.place.arns.resource(kind.split("::")[1].lower(), logical_id) if name else logical_id
        if name not in EMULATED[kind]:
            raise TemplateError(f"Resources.{logical_id}", f"{kind} has no attribute {name}; check its spelling")
        if kind == Queue.TYPE:
            return self._queue(logical_id, name)
        if kind == Function.TYPE:
            function = self.name(logical_id)
            return self.place.arns.function(function) if name == "Arn" else function
        if kind == FunctionUrl.TYPE:
            return self._url(logical_id, name)
        return logical_id

    def alias_names(self) -> list[str]:
        """Return the names of the aliases of functions."""
        return [self._property(name, "Name") for name in self.names_of_types(ALIAS)]

    def name(self, logical_id: str) -> str:
        """Return the name of a queue or function, or one generated like CloudFormation's if the template has none."""
        properties = self._properties(logical_id)
        kind = self.declared[logical_id]["Type"]
        key = QUEUE_NAME if kind == Queue.TYPE else FUNCTION_NAME
        path = f"Resources.{logical_id}.Properties.{key}"
        if key in properties:
            return as_text(self.resolver.resolve(properties[key], path))
        fifo = kind == Queue.TYPE and as_text(self.resolver.resolve(properties.get(FIFO_QUEUE, ""), path)) == "true"
        return f"{self.place.stack}-{logical_id}{FIFO_SUFFIX if fifo else ''}"

    def _queue(self, logical_id: str, name: str) -> str:
        queue = self.name(logical_id)
        url = self.place.queue_url(queue)
        return {"Arn": self.place.arns.queue(queue), QUEUE_NAME: queue}.get(name, url)

    def _url(self, logical_id: str, name: str) -> str:
        if name == "FunctionUrl":
            return self.place.function_url(self.names_of_types(FunctionUrl.TYPE).index(logical_id))
        return self._property(logical_id, TARGET_FUNCTION)

    def _function_of_version(self, logical_id: str) -> str:
        """Return the ARN of the function whose version or alias this is."""
        return self.place.arns.function(self._property(logical_id, FUNCTION_NAME).rpartition(":")[2])

    def _property(self, logical_id: str, key: str) -> str:
        properties = self._properties(logical_id)
        return as_text(self.resolver.resolve(properties.get(key), f"Resources.{logical_id}.Properties.{key}"))

    def _properties(self, logical_id: str) -> Mapping[str, Any]:
        """Return a resource's properties, unresolved; those that are not a mapping are a problem elsewhere."""
        properties = self.declared[logical_id].get("Properties")
        return properties if isinstance(properties, dict) else {}
