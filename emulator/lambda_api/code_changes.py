"""Operations that bring code or variables into a function are allowed only to the user who runs the emulator.

Variables are code: `PYTHONWARNINGS` or `LD_PRELOAD` has a function run what it names, as this user. Any other user of
the machine, and any container, can open a connection to the API's port. So can any page in this user's browser: the
socket is this user's then, but whoever wrote the page may be somebody else, even where this machine serves it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.edge.peer_owner import PeerOwner, owner_of
from emulator.function_url.event import Request
from emulator.function_url.signature import KeyPair, SignatureError, verify
from emulator.lambda_api.requests import HttpRequest

#: parameters of UpdateFunctionConfiguration that bring neither code nor variables
HARMLESS = frozenset({"FunctionName", "Timeout", "MemorySize", "Description", "RevisionId", "TracingConfig"})
CODE_OPERATIONS = frozenset({"CreateFunction", "PublishLayerVersion", "UpdateFunctionCode"})
OF_BROWSERS = ("origin", "sec-fetch-site")  #: headers that browsers send and that no page can leave out


def describe_code_change(operation: str, parameters: Mapping[str, Any]) -> str:
    """Return a name, for messages, of an operation that brings code or variables; an empty text for any other."""
    if operation in CODE_OPERATIONS:
        return operation
    if operation == "UpdateFunctionConfiguration" and (brought := sorted(set(parameters) - HARMLESS)):
        return f"{operation} with {brought[0]}"
    return ""


@dataclass(frozen=True, slots=True)
class CodeChanges:
    """Decides who may change what functions run."""

    keys: Sequence[KeyPair]  #: keys with which any caller may sign such a request
    region: str
    cure: str  #: what a refused caller can do instead
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def refusal(self, operation: str, parameters: Mapping[str, Any], http: HttpRequest) -> str:
        """Return why a request is refused; an empty text if it is allowed."""
        what = describe_code_change(operation, parameters)
        if not what or self._is_signed(http):
            return ""
        if any(name in http.headers for name in OF_BROWSERS):
            return f"{what} is not taken from pages in a browser: use a program, such as the AWS CLI"
        if await asyncio.to_thread(owner_of, http.ends) is PeerOwner.THIS_USER:
            return ""
        return f"{what} is taken only from the user who runs the emulator: {self.cure}"

    def _is_signed(self, http: HttpRequest) -> bool:
        request = Request(http.method, http.target, list(http.headers.items()), http.body, "")
        for keys in self.keys:
            try:
                verify(request, keys, self.region, self.now())
            except SignatureError:
                continue
            return True
        return False
