"""Finds the way of a request through a template's resources: URL → function → queue → mapping → function.

Which queue a function sends to is read from its environment variables: they hold the queue's URL, name or ARN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.resources import EventSourceMapping, Function, Queue, Resources
from facepipe.forecast.quantities import ForecastError


@dataclass(frozen=True, slots=True)
class Step:
    """A function, the mapping that calls it (None if the URL does), and the queues to which it sends messages."""

    function: Function
    mapping: EventSourceMapping | None
    queue: Queue | None  #: the mapping's
    sends: tuple[str, ...]  #: names of queues


@dataclass(frozen=True, slots=True)
class Chain:
    """All steps that one request causes; the first is the URL's function."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """The function behind the URL."""
        return self.steps[0]

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions' names."""
        return tuple(step.function.name for step in self.steps)

    def receivers(self, queue: str) -> tuple[Step, ...]:
        """Return the steps that a queue's messages go to; none if clients receive them."""
        return tuple(step for step in self.steps if step.mapping and step.mapping.queue == queue)


def find_chain(resources: Resources, *, function: str = "", sends: Mapping[str, Sequence[str]] | None = None) -> Chain:
    """Return the chain behind a template's function URL; `function` chooses among several."""
    functions = {one.name: one for one in resources.functions}
    names = [url.function for url in resources.urls]
    if function and function not in names:
        raise ForecastError(f"--function {function}: it has no function URL; {_known(names)}")
    if not names:
        raise ForecastError(
            "the template has no function URL, by which requests could come in: add an AWS::Lambda::Url"
        )
    if len(set(names)) > 1 and not function:
        raise ForecastError(f"the template has several function URLs: choose one with --function; {_known(names)}")
    known = {queue.name: queue for queue in resources.queues}
    given = _checked(sends or {}, functions, known)
    steps: list[Step] = []
    left: list[tuple[Function, EventSourceMapping | None]] = [(functions[function or names[0]], None)]
    while left:
        one, mapping = left.pop(0)
        targets = given.get(one.name, _queues_in_variables(one, known))
        steps.append(Step(one, mapping, known.get(mapping.queue) if mapping else None, targets))
        _refuse_unknown(steps[-1])
        done = {step.mapping.logical_id for step in steps if step.mapping}
        waiting = {other.logical_id for _, other in left if other}
        following = [one for one in resources.mappings if one.queue in targets and one.enabled]
        left += [(functions[one.function], one) for one in following if one.logical_id not in done | waiting]
    return Chain(tuple(steps))


def _queues_in_variables(function: Function, known: Mapping[str, Queue]) -> tuple[str, ...]:
    """Return the queues that a function's variables name, each once."""
    last = (value.replace(":", "/").rpartition("/")[2] for value in function.environment.values())
    return tuple(dict.fromkeys(name for name in last if name in known))


def _refuse_unknown(step: Step) -> None:
    if step.mapping and step.queue is None:
        raise ForecastError(
            f"{step.mapping.queue} is not in the template, so its timeouts are not known: add the queue to the template"
        )
    if step.queue and step.queue.fifo:
        raise ForecastError(
            f"{step.queue.name} is a FIFO queue; a forecast simulates standard queues only, without message groups"
        )


def _checked(
    sends: Mapping[str, Sequence[str]], functions: Mapping[str, Function], queues: Mapping[str, Queue]
) -> dict[str, tuple[str, ...]]:
    for name, targets in sends.items():
        if name not in functions:
            raise ForecastError(f"--sends {name}=…: the template has {', '.join(sorted(functions))}")
        if unknown := [target for target in targets if target not in queues]:
            raise ForecastError(
                f"--sends {name}={unknown[0]}: the template has {', '.join(sorted(queues)) or 'no queue'}"
            )
    return {name: tuple(targets) for name, targets in sends.items()}


def _known(names: Sequence[str]) -> str:
    return f"the template has URLs of {', '.join(sorted(set(names)))}" if names else "the template has none"
