"""What a person does with messages: looks at them, deletes one, sends dead letters back."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from facepipe.client.api import ask
from facepipe.client.emulator_messages import EmulatorMessages
from facepipe.client.endpoints import EndpointError
from facepipe.client.message_view import show_look
from facepipe.client.messages import LookedAt, MessageDesk
from facepipe.client.queues import QueueState
from facepipe.client.received_messages import ReceivedMessages
from facepipe.client.terminal_text import shown


def open_desk(api: str, sqs: Any, states: Sequence[QueueState], *, own: bool) -> MessageDesk:
    """Return what looks at messages; `own` says that the emulator has the queues itself, and shows them."""
    return EmulatorMessages(api) if own else ReceivedMessages(sqs, {state.name: state for state in states})


def dead_letter_queues(chosen: Sequence[QueueState], states: Sequence[QueueState]) -> list[QueueState]:
    """Return the dead-letter queues among the chosen ones, and those of the chosen ones."""
    names = {state.name for state in chosen}
    return [state for state in states if state.dead_letters_of and names & {state.name, *state.dead_letters_of}]


def show_messages(
    desk: MessageDesk, queues: Sequence[QueueState], console: Console, *, limit: int, api: str = ""
) -> None:
    """Print the messages of some queues; of dead letters also why they died, which the journal behind `api` knows."""
    for queue in queues:
        try:
            look = desk.look(queue.name, limit)
        except EndpointError as error:
            if len(queues) == 1:
                raise
            console.print(shown(error, "yellow"))
            continue
        console.print(shown(f"{queue.name}: {_messages(look.count)}", "bold underline"))
        dead = look.messages if queue.dead_letters_of else ()
        show_look(look, _reasons(api, dead), console)


def delete_message(desk: MessageDesk, queues: Sequence[QueueState], message_id: str) -> str:
    """Delete a message from whichever of the queues has it; return the queue's name."""
    problems = []
    for queue in queues:
        try:
            desk.delete(queue.name, message_id)
        except EndpointError as error:
            problems.append(str(error))
        else:
            return queue.name
    raise _nowhere(message_id, queues, problems)


def replay_message(desk: MessageDesk, queues: Sequence[QueueState], message_id: str) -> str:
    """Send a dead letter back from whichever of the queues has it; return the name of the queue that it went to."""
    problems = []
    for queue in queues:
        try:
            return desk.replay(queue.name, message_id)
        except EndpointError as error:
            problems.append(str(error))
    raise _nowhere(message_id, queues, problems)


def replay_all(desk: MessageDesk, queues: Sequence[QueueState], console: Console) -> None:
    """Send all dead letters of some queues back, and say how many went and why others stay."""
    for queue in queues:
        replayed = desk.replay_all(queue.name)
        console.print(shown(f"{queue.name}: {_messages(sum(replayed.moved.values()))} moved back"))
        for reason, count in replayed.stayed.items():
            console.print(shown(f"{queue.name}: {count} stay: {reason}"))


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _nowhere(message_id: str, queues: Sequence[QueueState], problems: Sequence[str]) -> EndpointError:
    if len(problems) == 1:
        return EndpointError(problems[0])
    names = ", ".join(queue.name for queue in queues)
    return EndpointError(f"no message {message_id} in {names or 'any queue'} could be changed: {'; '.join(problems)}")


def _reasons(api: str, messages: Sequence[LookedAt]) -> Mapping[str, str]:
    """Return why messages became dead letters, by their ids, as far as the emulator's journal knows."""
    reasons = {}
    for message in messages:
        try:
            reasons[message.id] = str(ask(api, f"/trace/{message.id}")["why"])
        except EndpointError:
            reasons[message.id] = ""
    return reasons
