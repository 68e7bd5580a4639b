"""What the policies of a role in the template allow, as far as it can be known without asking AWS."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from emulator.template import Declared

ROLE = "AWS::IAM::Role"
ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
#: AWS's managed policies whose content matters for queues; the content of others is not known
MANAGED: Mapping[str, Sequence[str]] = {
    "AWSLambdaSQSQueueExecutionRole": (*POLLING, *LOGGING),
    "AWSLambdaBasicExecutionRole": LOGGING,
    "AWSXRayDaemonWriteAccess": ("xray:*",),
    "AWSXrayWriteOnlyAccess": ("xray:*",),
    "AWSLambdaVPCAccessExecutionRole": (*LOGGING, "ec2:*"),
    "AmazonSQSFullAccess": ("sqs:*",),
    "AmazonSQSReadOnlyAccess": ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues"),
    "AdministratorAccess": ("*",),
}


class Allowed(Enum):
    """Whether a role may do something."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  #: it depends on a policy or a condition that cannot be evaluated here


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """The statements of one role, and what of it is not known."""

    name: str
    statements: Sequence[Mapping[str, Any]]
    unknown: Sequence[str] = ()  #: policies whose content is not in the template

    def allows(self, action: str, arn: str) -> Allowed:
        """Return whether the role may carry out an action on a resource."""
        found = [(statement, _matches(statement, action, arn)) for statement in self.statements]
        if any(fits is Allowed.YES and statement.get("Effect") == "Deny" for statement, fits in found):
            return Allowed.NO
        if any(fits is Allowed.YES and statement.get("Effect") == "Allow" for statement, fits in found):
            return Allowed.YES
        return Allowed.UNKNOWN if self.unknown or any(fits is Allowed.UNKNOWN for _, fits in found) else Allowed.NO


def role_policies(role: str, declared: Sequence[Declared]) -> RolePolicies | None:
    """Return the policies of a role, by a function's Role property; None if the template does not have the role."""
    name = role.replace("/", ":").rpartition(":")[2]
    roles = [resource for resource in declared if resource.type == ROLE and _is_role(resource, name)]
    if not roles:
        return None
    properties, logical_id = roles[0].properties, roles[0].logical_id
    documents = [policy.get("PolicyDocument") for policy in _list(properties.get("Policies")) if _is_map(policy)]
    unknown, managed = [], []
    own = {resource.logical_id: resource for resource in declared if resource.type in ATTACHED}
    for arn in map(str, _list(properties.get("ManagedPolicyArns"))):
        last = arn.replace("/", ":").rpartition(":")[2]
        if last in own:
            documents.append(own[last].properties.get("PolicyDocument"))
        elif last in MANAGED:
            managed.append({"Effect": "Allow", "Action": MANAGED[last], "Resource": "*"})
        else:
            unknown.append(last)
    attached = [resource.properties for resource in own.values() if logical_id in _roles_of(resource)]
    documents += [policy.get("PolicyDocument") for policy in attached]
    statements = [statement for document in documents for statement in _statements(document)]
    return RolePolicies(logical_id, [*statements, *managed], unknown)


def _is_role(resource: Declared, name: str) -> bool:
    return name in (resource.logical_id, str(resource.properties.get("RoleName", "")))


def _roles_of(resource: Declared) -> Sequence[str]:
    properties = resource.properties
    return [*map(str, _list(properties.get("Roles"))), str(properties.get("RoleName", ""))]


def _statements(document: Any) -> Iterator[Mapping[str, Any]]:
    if _is_map(document):
        yield from (statement for statement in _list(document.get("Statement")) if _is_map(statement))


def _matches(statement: Mapping[str, Any], action: str, arn: str) -> Allowed:
    """Return whether a statement is about an action on a resource."""
    if "NotAction" in statement or "NotResource" in statement:
        return Allowed.UNKNOWN
    actions = [str(pattern).lower() for pattern in _list(statement.get("Action"))]
    resources = [str(pattern) for pattern in _list(statement.get("Resource"))]
    if not any(fnmatchcase(action.lower(), _pattern(pattern)) for pattern in actions):
        return Allowed.NO
    if not any(fnmatchcase(arn, _pattern(pattern)) for pattern in resources):
        return Allowed.NO
    return Allowed.UNKNOWN if statement.get("Condition") else Allowed.YES


def _pattern(pattern: str) -> str:
    """Return IAM's pattern as one of fnmatch: brackets mean themselves."""
    return pattern.replace("[", "[[]")


def _list(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list | tuple) else [value]


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)
