"""Which variables of several functions mean the same queue."""

from collections.abc import Sequence

from facepipe.starting.callers import Examined
from facepipe.starting.queue_names import GENERAL


def name_queues(functions: Sequence[Examined]) -> None:
    """Give queues the names that all the code together shows."""
    _by_defaults(functions)
    senders = [one for one in functions if GENERAL in one.use.sent_to]
    if len(senders) > 1:  # each function has variables of its own: QUEUE_URL is another queue in each that sends
        for one in senders:
            one.use.rename({GENERAL: f"{one.name}-{GENERAL}"})


def _by_defaults(functions: Sequence[Examined]) -> None:
    """Give a variable the queue that its default names in one function also where another one has no default."""
    mentions = [mention for one in functions for mention in one.use.mentions if mention.variable]
    known = {mention.variable: mention.queue for mention in mentions if mention.text}
    for one in functions:
        bare = [mention for mention in one.use.mentions if mention.variable in known and not mention.text]
        one.use.rename({mention.queue: known[mention.variable] for mention in bare if mention.queue != GENERAL})
