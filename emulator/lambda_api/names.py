"""The ways in which a request may name a function: name, ARN, partial ARN, each with a qualifier or without."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.lambda_api.errors import invalid, not_found
from emulator.resources import Function, Queue
from emulator.template.queue_arns import KnownQueues

LATEST = "$LATEST"
_NAME = re.compile(
    r"(?:arn:aws:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[A-Za-z0-9_.-]+)(?::(?P<qualifier>[A-Za-z0-9_.$-]+))?"
)


@dataclass(frozen=True, slots=True)
class Directory:
    """The functions that there are, and where."""

    functions: Mapping[str, Function]
    region: str
    account_id: str

    def arn(self, name: str) -> str:
        """Return a function's ARN, unqualified."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{name}"

    def queue_arn(self, name: str) -> str:
        """Return a queue's ARN."""
        return self.known_queues().arn(name)

    def known_queues(self, *queues: Queue) -> KnownQueues:
        """Return the account's queues, of which these are known."""
        return KnownQueues(self.region, self.account_id, {queue.name: queue for queue in queues})

    def mapping_arn(self, identifier: str) -> str:
        """Return an event source mapping's ARN."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:event-source-mapping:{identifier}"

    def find(self, text: str, qualifier: str = "", *, unqualified: str = "") -> Function:
        """Return the function that a request means; `ApiError` when there is none.

        There are no versions and no aliases here: the only qualifier is `$LATEST`. `unqualified` is the qualifier that
        the error shows where the request has none.
        """
        match = _NAME.fullmatch(text)
        if match is None:
            raise not_found(f"Function not found: {text}")
        own = match["qualifier"] or ""
        if own and qualifier and own != qualifier:
            raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
        wanted = own or qualifier
        function = self.functions.get(match["name"])
        region, account_id = match["region"] or self.region, match["account"] or self.account_id
        here = (region, account_id) == (self.region, self.account_id)
        if function is None or not here or wanted not in ("", LATEST):
            shown = f":{wanted or unqualified}" if wanted or unqualified else ""
            arn = f"arn:aws:lambda:{region}:{account_id}:function:{match['name']}{shown}"
            raise not_found(f"Function not found: {arn}")
        return function
