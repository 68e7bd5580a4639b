"""FunctionConfigurations as the API answers them: a function, its state, and its last change (LA-05)."""

import time
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.aws.identifiers import LATEST
from emulator.lambda_api.names import Directory
from emulator.resources import Function
from emulator.resources.function_description import describe
from emulator.stack.live import LiveResources

PENDING, ACTIVE, FAILED = "Pending", "Active", "Failed"  #: values of State
IN_PROGRESS, SUCCESSFUL = "InProgress", "Successful"  #: values of LastUpdateStatus, besides FAILED
CREATING = ("The function is being created.", "Creating")  #: AWS's words also about a change (recorded)
BROKEN = "InvalidConfiguration"  #: the reason code of a function that cannot be started


class Progress(Protocol):
    """Knows whether functions are being prepared, and why they cannot be started (environments/preparations.py)."""

    def is_pending(self, function: str) -> bool:
        """Return whether the function is being prepared."""
        ...

    def problem(self, function: str) -> str:
        """Return why the function cannot be started; empty if it can be, or is being prepared."""
        ...


class NoProgress:
    """Functions that need no preparation."""

    def is_pending(self, _: str) -> bool:
        """Return that nothing is prepared."""
        return False

    def problem(self, _: str) -> str:
        """Return that there is no problem."""
        return ""


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Describes the stack's functions."""

    directory: Directory
    functions: LiveResources[Function]
    progress: Progress

    def whole(self, function: Function, qualifier: str = "", *, changed: bool = False) -> dict[str, Any]:
        """Return a FunctionConfiguration; `changed`: for the answer to a change, which AWS has only begun then."""
        return self.listed(function, qualifier) | self._state(function, changed=changed)

    def created(self, function: Function, qualifier: str = "") -> dict[str, Any]:
        """Return the answer of CreateFunction, which has no LastUpdateStatus."""
        return self.listed(function, qualifier) | _state("State", PENDING, *CREATING)

    def listed(self, function: Function, qualifier: str = "") -> dict[str, Any]:
        """Return an entry of ListFunctions, which has no state; `qualifier` ends its ARN."""
        described = describe(function, self.directory.arns.function(function.name, qualifier))
        live = self.functions if function.key in self.functions else self.directory.versions.published
        if function.key not in live:  # it was removed meanwhile
            return described
        moment = live.modified(function.key)
        modified = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(moment)) + f"{int(moment % 1 * 1000):03}+0000"
        return {**described, "LastModified": modified, "RevisionId": live.revision(function.key)}

    def _state(self, function: Function, *, changed: bool) -> dict[str, str]:
        """Return State and LastUpdateStatus, each with its reason."""
        is_new = function.version != LATEST or self._is_unchanged(function)
        pending, problem = self.progress.is_pending(function.key), self.progress.problem(function.key)
        if function.version != LATEST:  # what is published of an active function is active at once
            pending = pending and self.progress.is_pending(function.name)
        if pending and is_new:
            return _state("State", PENDING, *CREATING)
        if problem and is_new:
            return _state("State", FAILED, problem, BROKEN) | _state("LastUpdateStatus", FAILED, problem, BROKEN)
        active = _state("State", ACTIVE)
        if pending or changed:
            return active | _state("LastUpdateStatus", IN_PROGRESS, *CREATING)
        if problem:
            return active | _state("LastUpdateStatus", FAILED, problem, BROKEN)
        return active | _state("LastUpdateStatus", SUCCESSFUL)

    def _is_unchanged(self, function: Function) -> bool:
        """Return whether neither code nor configuration was changed since the function was made."""
        live, key = self.functions, function.key
        return key in live and live.modified(key) == live.created(key)


def _state(member: str, value: str, reason: str = "", code: str = "") -> dict[str, str]:
    reasons = {f"{member}Reason": reason, f"{member}ReasonCode": code} if reason else {}
    return {member: value, **reasons}
