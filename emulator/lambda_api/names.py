"""Finds the function that a request names by name, ARN or partial ARN, each with or without a qualifier."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.aws.arns import Arns, FunctionReference, read_function
from emulator.aws.identifiers import version_key
from emulator.lambda_api.api_errors import invalid, not_found
from emulator.resources import Function, KnownQueues, Queue
from emulator.stack.function_versions import FunctionVersions

FUNCTIONS_ONLY = (
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please"
    " specify either a function name or an unqualified function ARN."
)


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """The function, version or alias that a request names."""

    function: Function  #: as it is now, or a published version
    qualifier: str = ""  #: as the request has it: a version, an alias, or empty

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name

    @property
    def key(self) -> str:
        """The key of what belongs to a qualifier, such as a policy: that of $LATEST is the function's name."""
        return version_key(self.name, self.qualifier)


@dataclass(frozen=True, slots=True)
class Directory:
    """The functions of the stack, and their account and region."""

    functions: Mapping[str, Function]
    region: str
    account_id: str
    versions: FunctionVersions = field(default_factory=FunctionVersions)

    @property
    def arns(self) -> Arns:
        """Builds ARNs of this account and region."""
        return Arns(self.region, self.account_id)

    def arn(self, name: str) -> str:
        """Return a function's unqualified ARN."""
        return self.arns.function(name)

    def queue_arn(self, name: str) -> str:
        """Return a queue's ARN."""
        return self.arns.queue(name)

    def known_queues(self, *queues: Queue) -> KnownQueues:
        """Return the queues of this account; `queues` are those whose attributes are known."""
        return KnownQueues(self.arns, {queue.name: queue for queue in queues})

    def find(self, text: str, qualifier: str = "", *, unqualified: str = "") -> Function:
        """Return the function, or the version of one, that a request names; `ApiError` if it does not exist."""
        return self.target(text, qualifier, unqualified=unqualified).function

    def find_unqualified(self, text: str, *, unqualified: str = "") -> Function:
        """Return the function that a request names; `ApiError` if it names a version or an alias of one."""
        target = self.target(text, unqualified=unqualified)
        if target.qualifier:
            raise invalid(FUNCTIONS_ONLY)
        return target.function

    def target(self, text: str, qualifier: str = "", *, unqualified: str = "") -> NamedFunction:
        """Return what a request names, by a name or ARN and perhaps a qualifier; `ApiError` if it does not exist.

        `unqualified` is the qualifier in the error if the request has none.
        """
        reference = self.reference(text, qualifier)
        account = Arns(self.region, reference.account_id or self.account_id)
        function = self._version(reference.name, reference.qualifier) if account == self.arns else None
        if function is None:
            raise not_found(
                f"Function not found: {account.function(reference.name, reference.qualifier or unqualified)}"
            )
        return NamedFunction(function, reference.qualifier)

    def reference(self, text: str, qualifier: str = "") -> FunctionReference:
        """Return the parts of what a request names, whether it exists or not."""
        reference = read_function(text)
        if reference is None:
            raise not_found(f"Function not found: {text}")
        if reference.qualifier and qualifier and reference.qualifier != qualifier:
            raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
        if reference.region not in ("", self.region):
            words = f"are not reachable in this region ('{self.region}')"
            raise not_found(f"Functions from '{reference.region}' {words}")
        return replace(reference, qualifier=reference.qualifier or qualifier)

    def _version(self, name: str, qualifier: str) -> Function | None:
        """Return the function as it is now, or its version that the qualifier names; None if there is none."""
        key = self.versions.executed(f"{name}:{qualifier}")
        return self.functions.get(name) if key == name else self.versions.published.get(key)
