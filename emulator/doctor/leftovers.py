"""Finds messages that nobody has collected: in queues that no mapping polls and that hold no dead letters."""

from collections.abc import Iterator

from emulator.doctor.findings import Finding, Level
from emulator.doctor.system import RunningResources


def examine_leftovers(running: RunningResources) -> Iterator[Finding]:
    """Examine the queues that only programs outside of the stack read, such as a response queue."""
    resources = running.resources
    policies = [queue.redrive_policy for queue in resources.queues if queue.redrive_policy]
    others = {mapping.queue for mapping in resources.mappings} | {policy.dead_letter_queue for policy in policies}
    for queue in resources.queues:
        count = running.depths.get(queue.name, 0)
        if queue.name not in others and count:
            messages = "1 message" if count == 1 else f"{count} messages"
            days = f"{queue.retention_s / 3600 / 24:g} days"
            on_aws = (
                f"it holds {messages}, and no function reads it: results that nobody has collected stay for {days}, and"
                " every client receives them before its own"
            )
            cure = f"`facepipe collect` takes them, `facepipe queues {queue.name} --purge` deletes them"
            yield Finding(Level.NOTE, "leftovers", f"Queue {queue.name}", on_aws, cure)
