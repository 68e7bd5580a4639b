"""Rules for functions' roles: whether they allow what the mappings and the functions need."""

from collections.abc import Iterator, Sequence

from emulator.aws.arns import Arns, is_arn, resource_name
from emulator.doctor.findings import Finding, Level
from emulator.doctor.policies import POLLING, Allowed, RolePolicies, role_policies
from emulator.resources import EventSourceMapping, Function, Resources
from emulator.template import Declared

SENDING = "sqs:SendMessage"


def examine_roles(resources: Resources, declared: Sequence[Declared], arns: Arns) -> Iterator[Finding]:
    """Examine each function's role; a role that is not in the template cannot be examined."""
    properties = {resource.logical_id: resource.properties for resource in declared}
    for function in resources.functions:
        role = properties[function.logical_id].get("Role")
        mappings = [mapping for mapping in resources.mappings if mapping.function == function.name]
        variables = [*_named_queues(function, resources, mappings)]
        if not (mappings or variables):
            continue
        policies = role_policies(str(role), declared) if isinstance(role, str) else None
        if policies is None:
            yield _not_examined(function, str(role or "no role"), bool(mappings))
            continue
        for mapping in mappings:
            yield from _polling(mapping, policies, arns.queue(mapping.queue))
        for name, queue in variables:
            yield from _sending(function, name, policies, arns.queue(queue))


def _named_queues(
    function: Function, resources: Resources, mappings: Sequence[EventSourceMapping]
) -> Iterator[tuple[str, str]]:
    """Yield the function's variables that name a queue of the template, except the queues that invoke it."""
    own = {mapping.queue for mapping in mappings}
    queues = {queue.name for queue in resources.queues} - own
    for name, value in function.environment.items():
        named = resource_name(value) if is_arn(value) else value.rstrip("/").rpartition("/")[2]
        if named in queues:
            yield name, named


def _polling(mapping: EventSourceMapping, policies: RolePolicies, arn: str) -> Iterator[Finding]:
    lacking = [action for action in POLLING if policies.allows(action, arn) is Allowed.NO]
    unsure = [action for action in POLLING if policies.allows(action, arn) is Allowed.UNKNOWN]
    path = f"Resources.{policies.name}"
    if lacking:
        on_aws = f"Lambda refuses the mapping {mapping.logical_id}: the role lacks {', '.join(lacking)} on {arn}"
        cure = "allow them, or add the managed policy AWSLambdaSQSQueueExecutionRole"
        yield Finding(Level.ERROR, "ES-46", path, on_aws, cure)
    elif unsure:
        on_aws = f"whether the role may {', '.join(unsure)} on {arn} depends on {_doubts(policies)}"
        yield Finding(
            Level.NOTE, "ES-46", path, on_aws, "check that it allows them: Lambda polls the queue as the role"
        )


def _sending(function: Function, variable: str, policies: RolePolicies, arn: str) -> Iterator[Finding]:
    allowed, path = policies.allows(SENDING, arn), f"Resources.{policies.name}"
    where = f"{function.name}'s variable {variable} names this queue"
    if allowed is Allowed.NO:
        on_aws = f"the role lacks {SENDING} on {arn}, and {where}: if the function sends to it, it gets AccessDenied"
        yield Finding(Level.WARNING, "RT-21", path, on_aws, "allow it; ignore this if the function does not send to it")
    elif allowed is Allowed.UNKNOWN:
        on_aws = f"whether the role may {SENDING} on {arn} depends on {_doubts(policies)}; {where}"
        yield Finding(Level.NOTE, "RT-21", path, on_aws, "check that it allows it, if the function sends to the queue")


def _doubts(policies: RolePolicies) -> str:
    if policies.unknown:
        return f"the content of {', '.join(policies.unknown)}, which is not in the template"
    return "a Condition, NotAction or NotResource, which are not evaluated here"


def _not_examined(function: Function, role: str, polled: bool) -> Finding:  # one of two texts
    needed = ", ".join(POLLING) if polled else SENDING
    return Finding(
        Level.NOTE,
        "ES-46",
        f"Resources.{function.logical_id}.Properties.Role",
        f"the template does not have the role ({role}), so its permissions are not known; it needs {needed}",
        "check that it allows them on the function's queues",
    )
