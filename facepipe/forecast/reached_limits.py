"""The limits that a load reaches: when first, for how long, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from emulator.aws.limits import (
    IN_FLIGHT,
    POLLERS_AT_MOST,
    POLLERS_PER_MINUTE,
    PROVISIONED_AT_MOST,
    REQUESTS_PER_EXECUTION,
    SCALING_STEP,
    SCALING_STEP_S,
)


class Limit(Enum):
    """A limit, in words."""

    ACCOUNT = "the account's concurrent executions"
    RESERVED = "ReservedConcurrentExecutions"
    REQUEST_RATE = f"requests a second, {REQUESTS_PER_EXECUTION} for each execution"
    SCALING_RATE = f"{SCALING_STEP:,} new environments each {SCALING_STEP_S} s"
    MAXIMUM = "MaximumConcurrency of the mapping"
    STEPS = f"the mapping's growth, {POLLERS_PER_MINUTE} batches a minute"
    CEILING = f"{POLLERS_AT_MOST:,} batches in flight of a mapping"
    POLLERS = "the mapping's provisioned pollers"
    QUEUE = f"{IN_FLIGHT:,} messages in flight of a queue"
    TIMEOUT = "the function's Timeout"


CURES = {
    Limit.ACCOUNT: "ask AWS for {needed:,}: Service Quotas, AWS Lambda, Concurrent executions (L-B99A9384)",
    Limit.RESERVED: "raise ReservedConcurrentExecutions in the template to {needed:,}",
    Limit.REQUEST_RATE: "ask AWS for {by_rate:,} Concurrent executions (L-B99A9384), or raise what is reserved",
    Limit.SCALING_RATE: "AWS does not raise it: let the load rise more slowly, or provision concurrency",
    Limit.MAXIMUM: "raise ScalingConfig.MaximumConcurrency in the template to {needed:,}; nothing to ask AWS for",
    Limit.STEPS: "AWS does not raise it: provisioned pollers (--pollers 2..200) begin higher and grow by 1,000",
    Limit.CEILING: f"larger batches, or provisioned pollers, which reach {PROVISIONED_AT_MOST:,}",
    Limit.POLLERS: "raise MaximumPollers in the mapping's ProvisionedPollerConfig, ten calls each",
    Limit.QUEUE: "delete messages sooner: shorter calls, smaller batches",
    Limit.TIMEOUT: "raise Timeout (and the queue's VisibilityTimeout to six times that), or give it more memory",
}


@dataclass(slots=True)
class Reached:
    """One limit of one function, mapping or queue."""

    limit: Limit
    name: str
    first_s: float
    seconds: int = 1  #: in how many of the run's seconds a request was refused or a message waited for it
    last_s: float = 0.0


@dataclass(slots=True)
class ReachedLimits:
    """All limits that were reached."""

    found: dict[tuple[Limit, str], Reached] = field(default_factory=dict)

    def note(self, limit: Limit, name: str, now: float) -> None:
        """Note that a request was refused, or a message waited, because of a limit."""
        reached = self.found.get((limit, name))
        if reached is None:
            self.found[limit, name] = Reached(limit, name, now, last_s=now)
        elif int(now) != int(reached.last_s):
            reached.seconds += 1
            reached.last_s = now

    def in_order(self) -> list[Reached]:
        """Return the limits in the order in which they were reached."""
        return sorted(self.found.values(), key=lambda reached: reached.first_s)


def cure(reached: Reached, needed: Mapping[str, int], *, peak: float, account: int) -> str:
    """Return what to do; `needed` has the concurrency that each function needs, `peak` is in photos a second."""
    own = sum(needed.values()) if reached.limit is Limit.ACCOUNT else needed.get(reached.name, 0)
    by_rate = -(-int(peak * 1.2) // REQUESTS_PER_EXECUTION)
    if reached.limit is Limit.ACCOUNT and own <= account:
        return f"bursts need more than the {own:,} that the load needs on average: spread them, or ask for more"
    return CURES[reached.limit].format(needed=max(own, 1), by_rate=max(by_rate, 1))
