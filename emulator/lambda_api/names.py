"""Finds the function that a request names by name, ARN or partial ARN, each with or without a qualifier."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.aws.arns import Arns, read_function
from emulator.aws.identifiers import LATEST
from emulator.lambda_api.api_errors import invalid, not_found
from emulator.resources import Function, KnownQueues, Queue


@dataclass(frozen=True, slots=True)
class Directory:
    """The functions of the stack, and their account and region."""

    functions: Mapping[str, Function]
    region: str
    account_id: str

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
        """Return the function that a request names; `ApiError` if it does not exist.

        The only qualifier is `$LATEST`, because versions and aliases are not emulated. `unqualified` is the qualifier
        in the error if the request has none.
        """
        named = read_function(text)
        if named is None:
            raise not_found(f"Function not found: {text}")
        named_qualifier = named.qualifier
        if named_qualifier and qualifier and named_qualifier != qualifier:
            raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
        wanted = named_qualifier or qualifier
        function = self.functions.get(named.name)
        named_arns = Arns(named.region or self.region, named.account_id or self.account_id)
        if function is None or named_arns != self.arns or wanted not in ("", LATEST):
            raise not_found(f"Function not found: {named_arns.function(named.name, wanted or unqualified)}")
        return function
