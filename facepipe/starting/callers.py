"""Decides who calls each function: a function URL, a queue, or nobody; a guess is called one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from facepipe.starting.event_signs import CalledBy, Signs
from facepipe.starting.queue_use import QueueUse

GUESS = "a guess"


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known of one handler's code."""

    name: str
    signs: Signs
    use: QueueUse


@dataclass(frozen=True, slots=True)
class Trigger:
    """Who calls a function, with the queue if it is one, and why this is believed."""

    caller: CalledBy
    reason: str
    queue: str = ""


def sent_to(one: Examined) -> list[str]:
    """Return the queues that a function sends to; where the code does not show which, all that it names."""
    if one.use.sent_to or not one.use.sends_unknown:
        return one.use.sent_to
    return [mention.queue for mention in one.use.mentions if mention.queue not in one.use.received_from]


def find_triggers(functions: Sequence[Examined]) -> list[Trigger]:
    """Return the trigger of each function."""
    triggers = [_by_signs(one, functions) for one in functions]
    waiting = {index for index, trigger in enumerate(triggers) if trigger.caller is CalledBy.QUEUE}
    while waiting:  # first those that have the least choice
        taken = {trigger.queue for trigger in triggers if trigger.queue}
        choices = {index: _candidates(functions[index], functions, taken) for index in sorted(waiting)}
        index = min(choices, key=lambda one: (len(choices[one]) or len(functions) + 1, one))
        triggers[index] = _with_queue(triggers[index], functions[index], choices[index])
        waiting.remove(index)
    return triggers


def _by_signs(one: Examined, functions: Sequence[Examined]) -> Trigger:
    """Return who calls a function; of one whose code does not say, by what the others leave."""
    if one.signs.caller is not CalledBy.UNKNOWN:
        return Trigger(one.signs.caller, one.signs.reason)
    unknown = [other for other in functions if other.signs.caller is CalledBy.UNKNOWN]
    if any(other.signs.caller is CalledBy.URL for other in functions):
        left = _left_over(one, functions)
        if left and one is unknown[0]:
            return Trigger(CalledBy.QUEUE, f"{GUESS}: its code does not show who calls it")
        return Trigger(CalledBy.UNKNOWN, "nothing in its code shows who calls it; add Events or FunctionUrlConfig")
    first = next((other for other in unknown if sent_to(other)), unknown[0])
    if one is first:
        return Trigger(CalledBy.URL, f"{GUESS}: its code does not show who calls it")
    return Trigger(CalledBy.QUEUE, f"{GUESS}: its code does not show who calls it")


def _left_over(one: Examined, functions: Sequence[Examined]) -> list[str]:
    """Return queues that others send to, if there are more of them than functions that take from queues."""
    others = _sent_by_others(one, functions)
    consumers = [other for other in functions if other.signs.caller is CalledBy.QUEUE]
    return others if len(others) > len(consumers) else []


def _sent_by_others(one: Examined, functions: Sequence[Examined]) -> list[str]:
    queues = [queue for other in functions if other is not one for queue in sent_to(other)]
    return [queue for queue in dict.fromkeys(queues) if queue not in sent_to(one)]


def _candidates(one: Examined, functions: Sequence[Examined], taken: set[str]) -> list[tuple[str, str]]:
    """Return the queues that a function may take from with the reason, the best ones only."""
    others = _sent_by_others(one, functions)
    mentioned = [mention.queue for mention in one.use.mentions if mention.queue not in sent_to(one)]
    senders = {queue: other.name for other in functions for queue in sent_to(other)}
    kinds = (
        [(queue, "it receives from it") for queue in one.use.received_from],
        [(queue, f"{senders[queue]} sends to it") for queue in others if queue in mentioned],
        [(queue, f"{senders[queue]} sends to it") for queue in others],
        [(queue, "it names it and does not send to it") for queue in mentioned],
        [(queue, "") for queue in _named_and_not_sent(one, functions)],
    )
    for kind in kinds:
        if free := [(queue, reason) for queue, reason in kind if queue not in taken]:
            return free
    return []


def _named_and_not_sent(one: Examined, functions: Sequence[Examined]) -> Iterator[str]:
    for other in functions:
        yield from (mention.queue for mention in other.use.mentions if mention.queue not in sent_to(one))


def _with_queue(trigger: Trigger, one: Examined, choices: Sequence[tuple[str, str]]) -> Trigger:
    if not choices:
        why = f"{trigger.reason}; {GUESS}: no queue in the code can be meant, so it gets one of its own"
        return replace(trigger, queue=f"{one.name}-requests", reason=why)
    queue, reason = max(choices, key=lambda choice: _likeness(one.name, choice[0]))
    is_sure = len({choice[0] for choice in choices}) == 1 and reason
    because = f"from {queue}, because {reason}" if is_sure else f"from {queue}: {GUESS} among the queues in the code"
    return replace(trigger, queue=queue, reason=f"{trigger.reason}; {because}")


def _likeness(function: str, queue: str) -> int:
    """Return how well a queue's name fits a function that takes from it."""
    words = set(queue.lower().replace(".", "-").replace("_", "-").split("-"))
    asks = {"request", "requests", "req", "input", "in", "job", "jobs", "task", "tasks", "work"}
    answers = {"response", "responses", "resp", "result", "results", "output", "out", "done", "dlq"}
    return 2 * len(words & set(function.split("-"))) + len(words & asks) - len(words & answers)
