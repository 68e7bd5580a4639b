"""The rules for faults on port 9001: seen, switched on, switched off. A call of the verb `facepipe fault` ends here."""

import json
import logging
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulator.edge.gate import read
from emulator.faults.fault_rules import BATCH_FAULTS, FaultRule, FaultRuleError, read_rule
from emulator.faults.fault_switch import FaultSwitch
from emulator.json_text import read_json

log = logging.getLogger(__name__)

RULE_BYTES = 10_000  #: of a request


@dataclass(frozen=True, slots=True)
class FaultPages:
    """Shows and changes the rules."""

    switch: FaultSwitch
    functions: Callable[[], AbstractSet[str]]  #: the names of the functions
    mapped: Callable[[], AbstractSet[str]]  #: the names of functions with an event source mapping

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/faults", self.get_faults)
        app.router.add_post("/faults", self.post_fault)
        app.router.add_delete("/faults", self.delete_faults)

    async def get_faults(self, _request: web.Request) -> web.Response:
        """`GET /faults`: the rules that are on."""
        return _json({"faults": [rule.describe() for rule in self.switch.rules]})

    async def post_fault(self, request: web.Request) -> web.Response:
        """`POST /faults` with function, kind, and calls or rate: switch a rule on."""
        body = await read(request)
        try:
            if len(body) > RULE_BYTES:
                raise FaultRuleError(f"a rule has at most {RULE_BYTES:,} bytes")
            rule = read_rule(_content(body))
            self._check(rule)
        except FaultRuleError as error:
            return _json({"error": str(error)}, status=400)
        self.switch.switch_on(rule)
        log.warning("%s: the fault %s is on until it is switched off or its calls are used up", *_shown(rule))
        return _json(rule.describe())

    async def delete_faults(self, request: web.Request) -> web.Response:
        """`DELETE /faults?function=NAME`: switch the function's rules off, or all."""
        function = request.query.get("function", "")
        if function and function not in self.functions():
            return _json({"error": _unknown(function, self.functions())}, status=400)
        removed = self.switch.switch_off(function)
        if removed:
            faults = "1 fault is" if removed == 1 else f"{removed} faults are"
            log.warning("%s: %s switched off", function or "all functions", faults)
        return _json({"removed": removed})

    def _check(self, rule: FaultRule) -> None:
        """Refuse a rule that no call or batch can fall under."""
        if rule.function not in self.functions():
            raise FaultRuleError(_unknown(rule.function, self.functions()))
        if rule.kind in BATCH_FAULTS and rule.function not in self.mapped():
            message = f"{rule.kind.value} concerns the batches of an event source mapping, and {rule.function} has none"
            raise FaultRuleError(f"{message}; choose error, timeout, crash, oom, throttle or slow=2s")


def _content(body: bytes) -> object:
    try:
        return read_json(body)
    except ValueError as error:
        raise FaultRuleError(f"the request is no JSON: {error}") from error


def _unknown(function: str, known: AbstractSet[str]) -> str:
    return (
        f"there is no function {function!r}; choose one of {', '.join(sorted(known)) or 'none: there are no functions'}"
    )


def _shown(rule: FaultRule) -> tuple[str, str]:
    return rule.function, rule.text


def _json(content: Mapping[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(content), content_type="application/json")
