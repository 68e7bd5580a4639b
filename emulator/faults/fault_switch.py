"""The rules for faults that are switched on now."""

import random
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from emulator.faults.fault_rules import FaultKind, FaultRule


@dataclass(slots=True)
class FaultSwitch:
    """Keeps the rules in the order in which they were switched on, and decides which calls they concern."""

    chance: Callable[[], float] = random.random  #: returns numbers from 0 to below 1
    _rules: list[FaultRule] = field(default_factory=list)

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        """The rules that are on."""
        return tuple(self._rules)

    def switch_on(self, rule: FaultRule) -> None:
        """Add a rule. It takes the place of the function's rule of the same kind, if there is one."""
        self._rules = [other for other in self._rules if (other.function, other.kind) != (rule.function, rule.kind)]
        self._rules.append(rule)

    def switch_off(self, function: str = "") -> int:
        """Remove the function's rules, or all; return their number."""
        kept = [rule for rule in self._rules if function and rule.function != function]
        removed = len(self._rules) - len(kept)
        self._rules = kept
        return removed

    def take(self, function: str, kinds: AbstractSet[FaultKind]) -> FaultRule | None:
        """Return the rule that the function's next call or batch falls under, and count the fault; None for none."""
        for place, rule in enumerate(self._rules):
            if rule.function != function or rule.kind not in kinds or self.chance() >= rule.rate:
                continue
            if rule.calls == 1:
                del self._rules[place]
            elif rule.calls is not None:
                self._rules[place] = replace(rule, calls=rule.calls - 1)
            return rule
        return None
