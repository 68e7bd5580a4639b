"""What deployment scripts ask IAM and STS for: roles by name, and the account. Nothing is checked against a role.

Every name is that of a role, so that a script which looks for its role finds it, until DeleteRole deletes it.
"""

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from aiohttp import web

from emulator.aws.arns import Arns
from emulator.edge.refused_answers import Fault, answer_refused

log = logging.getLogger(__name__)

NAMESPACES = {"iam": "https://iam.amazonaws.com/doc/2010-05-08/", "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
ANYBODY = {"Version": "2012-10-17", "Statement": []}  #: the trust policy of a role that no script has made
ROLES = 1_000  #: at most so many are remembered; AWS's own limit for an account
REQUEST_CHARACTERS = 200_000  #: of one request; a policy has at most 10,240


class RoleError(Exception):
    """A refusal in IAM's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(slots=True)
class Role:
    """A role that a script has made or named."""

    name: str
    path: str = "/"
    description: str = ""
    trust_policy: str = json.dumps(ANYBODY)
    created: float = field(default_factory=time.time)
    attached: dict[str, str] = field(default_factory=dict)  #: policies' ARNs → names
    inline: dict[str, str] = field(default_factory=dict)  #: names → documents


@dataclass(slots=True)
class Roles:
    """The roles of the account, which have no effect."""

    arns: Arns
    served: str  #: the port's description for errors
    roles: dict[str, Role] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    async def answer(self, request: web.Request, body: bytes, service: str) -> web.Response:
        """Answer a call of IAM or STS; refuse by name what is not built."""
        fields = dict(parse_qsl(body[:REQUEST_CHARACTERS].decode("utf-8", "replace"), keep_blank_values=True))
        action = fields.get("Action", "a request")
        operation = _OPERATIONS.get((service, action))
        if operation is None:
            message = f"{action} of {service} is not emulated: {self.served}"
            log.warning("%s", ascii(message)[1:-1])
            return answer_refused(request, Fault(501, message), service)
        try:
            result = operation(self, fields)
        except RoleError as error:
            detail = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(str(error))}</Message>"
            text = f"<ErrorResponse><Error>{detail}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
            return web.Response(status=error.status, text=text, content_type="text/xml")
        meta = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        content = f"<{action}Result>{result}</{action}Result>{meta}"
        text = f'<{action}Response xmlns="{NAMESPACES[service]}">{content}</{action}Response>'
        return web.Response(text=text, content_type="text/xml")

    def caller(self, _: Mapping[str, str]) -> str:
        """Serve GetCallerIdentity."""
        account = self.arns.account_id
        return _xml({"Arn": self.arns.root(), "UserId": account, "Account": account})

    def create(self, fields: Mapping[str, str]) -> str:
        """Serve CreateRole."""
        name = _named(fields, "RoleName")
        if name in self.roles:
            raise RoleError(409, "EntityAlreadyExists", f"Role with name {name} already exists.")
        role = Role(
            name, fields.get("Path", "/"), fields.get("Description", ""), fields.get("AssumeRolePolicyDocument", "{}")
        )
        self._keep(role)
        log.info("role %s: it is known by its name only, and no permission is checked", ascii(name)[1:-1])
        return _xml({"Role": self._describe(role)})

    def get(self, fields: Mapping[str, str]) -> str:
        """Serve GetRole."""
        return _xml({"Role": self._describe(self._role(fields))})

    def delete(self, fields: Mapping[str, str]) -> str:
        """Serve DeleteRole."""
        role = self._role(fields)
        if role.attached or role.inline:
            what = "must detach all policies first." if role.attached else "must delete policies first."
            raise RoleError(409, "DeleteConflict", f"Cannot delete entity, {what}")
        self.roles.pop(role.name, None)
        self.deleted.add(role.name)
        return ""

    def attach(self, fields: Mapping[str, str]) -> str:
        """Serve AttachRolePolicy."""
        arn = _named(fields, "PolicyArn")
        self._keep(self._role(fields)).attached[arn] = arn.rpartition("/")[2]
        return ""

    def detach(self, fields: Mapping[str, str]) -> str:
        """Serve DetachRolePolicy."""
        arn = _named(fields, "PolicyArn")
        if self._role(fields).attached.pop(arn, None) is None:
            raise RoleError(404, "NoSuchEntity", f"Policy {arn} was not found.")
        return ""

    def attached(self, fields: Mapping[str, str]) -> str:
        """Serve ListAttachedRolePolicies."""
        policies = [{"PolicyName": name, "PolicyArn": arn} for arn, name in self._role(fields).attached.items()]
        return _xml({"AttachedPolicies": policies, "IsTruncated": "false"})

    def put_inline(self, fields: Mapping[str, str]) -> str:
        """Serve PutRolePolicy."""
        self._keep(self._role(fields)).inline[_named(fields, "PolicyName")] = fields.get("PolicyDocument", "{}")
        return ""

    def delete_inline(self, fields: Mapping[str, str]) -> str:
        """Serve DeleteRolePolicy."""
        name = _named(fields, "PolicyName")
        if self._role(fields).inline.pop(name, None) is None:
            raise RoleError(404, "NoSuchEntity", f"The role policy with name {name} cannot be found.")
        return ""

    def inline(self, fields: Mapping[str, str]) -> str:
        """Serve ListRolePolicies."""
        return _xml({"PolicyNames": list(self._role(fields).inline), "IsTruncated": "false"})

    def _role(self, fields: Mapping[str, str]) -> Role:
        name = _named(fields, "RoleName")
        if name in self.deleted:
            raise RoleError(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
        return self.roles.get(name) or Role(name)

    def _keep(self, role: Role) -> Role:
        if role.name not in self.roles and len(self.roles) + len(self.deleted) >= ROLES:
            raise RoleError(409, "LimitExceeded", f"Cannot exceed quota for RolesPerAccount: {ROLES}.")
        self.deleted.discard(role.name)
        self.roles[role.name] = role
        return role

    def _describe(self, role: Role) -> dict[str, Any]:
        described = {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": f"AROA{uuid.uuid5(uuid.NAMESPACE_URL, role.name).hex[:17].upper()}",
            "Arn": self.arns.role(role.name, role.path),
            "CreateDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(role.created)),
            "AssumeRolePolicyDocument": quote(role.trust_policy),
            "MaxSessionDuration": "3600",
        }
        return {**described, "Description": role.description} if role.description else described


def _named(fields: Mapping[str, str], name: str) -> str:
    if not (value := fields.get(name, "")):
        member = name[0].lower() + name[1:]
        problem = "failed to satisfy constraint: Member must not be null"
        raise RoleError(400, "ValidationError", f"1 validation error detected: Value null at '{member}' {problem}")
    return value


def _xml(content: Any) -> str:
    """Return members as elements; the items of a list are `member` elements."""
    if isinstance(content, dict):
        return "".join(f"<{name}>{_xml(value)}</{name}>" for name, value in content.items())
    if isinstance(content, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in content)
    return escape(str(content))


_OPERATIONS: Mapping[tuple[str, str], Callable[[Roles, Mapping[str, str]], str]] = {
    ("sts", "GetCallerIdentity"): Roles.caller,
    ("iam", "CreateRole"): Roles.create,
    ("iam", "GetRole"): Roles.get,
    ("iam", "DeleteRole"): Roles.delete,
    ("iam", "AttachRolePolicy"): Roles.attach,
    ("iam", "DetachRolePolicy"): Roles.detach,
    ("iam", "ListAttachedRolePolicies"): Roles.attached,
    ("iam", "PutRolePolicy"): Roles.put_inline,
    ("iam", "DeleteRolePolicy"): Roles.delete_inline,
    ("iam", "ListRolePolicies"): Roles.inline,
}
