"""Verbs of a camera and its owner."""

# ruff: noqa: PLC0415
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facepipe.verbs.options import (
    LOCAL_API,
    LOCAL_SQS,
    Api,
    AsJson,
    FoundApi,
    FoundQueue,
    FoundSqs,
    FoundUrl,
    Sign,
    Stack,
    again,
    clear_errors,
    console,
    say,
    write,
)

if TYPE_CHECKING:
    from rich.console import Console

    from facepipe.client.discovery import Given
    from facepipe.client.endpoints import Endpoints
    from facepipe.client.queues import QueueState


def send(
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, folders, videos.")] = None,
    camera: Annotated[int | None, typer.Option(help="The number of a webcam.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Send every n-th frame of videos and webcams.")] = 1,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after this many photos.")] = None,
    in_flight: Annotated[int, typer.Option(min=1, max=100, help="How many photos are in flight at once.")] = 4,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for an accepted photo's result.")] = 60,
    persistent: Annotated[
        bool,
        typer.Option("--persistent", help="Send again also after a function's error, and while nobody listens."),
    ] = False,
    as_json: AsJson = False,
    url: FoundUrl = None,
    sqs: FoundSqs = None,
    response_queue: FoundQueue = None,
    api: FoundApi = None,
    sign: Sign = False,
    stack: Stack = "",
) -> None:
    """Send photos and show what comes back, each as it comes; exit code 1 when one failed or timed out.

    Ctrl-C ends it, keeps what came, and says how to collect the rest.
    """
    with clear_errors():
        from itertools import islice

        from facepipe.client.discovery import Given
        from facepipe.client.photo_rows import SendOptions
        from facepipe.client.photos import PhotoSourceError, camera_frames, frames
        from facepipe.client.progress import send_and_show
        from facepipe.client.row_view import JsonRows, TerminalRows
        from facepipe.client.signing import signature

        if not photos and camera is None:
            raise PhotoSourceError("nothing to send: name photos, folders or videos, or a webcam with --camera 0")
        if photos and camera is not None:
            raise PhotoSourceError("photos and --camera are two sources: name one of them")
        source = camera_frames(camera, every=every) if camera is not None else frames(photos or [], every=every)
        endpoints = _endpoints(stack, Given(url, sqs, response_queue, api, sign))
        plan = SendOptions(endpoints.url, in_flight, timeout, auth=signature(endpoints), persistent=persistent)
        found = again(sqs=sqs, response_queue=response_queue, api=api, stack=stack or None)
        view = (
            JsonRows(write, say, found)
            if as_json
            else TerminalRows(console(), found, again(api=api), bool(endpoints.api))
        )
        rows = send_and_show(islice(source, count), plan, endpoints, view, stoppable=True)
        raise typer.Exit(0 if all(row.completed for row in rows) else 1)


def collect(
    request_ids: Annotated[
        list[str] | None, typer.Argument(help="The request_ids whose results are wanted; without any, all results.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait.")] = 60,
    as_json: AsJson = False,
    sqs: FoundSqs = None,
    response_queue: FoundQueue = None,
    api: FoundApi = None,
    stack: Stack = "",
) -> None:
    """Take results from the response queue and print them; exit code 1 when one did not come."""
    with clear_errors():
        from facepipe.client.discovery import Given
        from facepipe.client.progress import collect_and_show
        from facepipe.client.result_view import JsonResults, TerminalResults

        endpoints = _endpoints(stack, Given(None, sqs, response_queue, api))
        found = again(sqs=sqs, response_queue=response_queue, api=api, stack=stack or None)
        view = JsonResults(write, say, found) if as_json else TerminalResults(console(), found)
        missing = collect_and_show(request_ids or [], timeout, endpoints, view, stoppable=True)
        raise typer.Exit(1 if missing else 0)


def _endpoints(stack: str, given: "Given") -> "Endpoints":
    """Return where the pipeline is: a deployed stack, or what runs here."""
    from facepipe.client.deployed import deployed
    from facepipe.client.discovery import find_pipeline

    return deployed(stack, given) if stack else find_pipeline(given)


def queues(
    names: Annotated[
        list[str] | None, typer.Argument(help="Queues whose messages are shown; without any, all queues are listed.")
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Show dead letters, and why they died.")] = False,
    replay: Annotated[
        str, typer.Option(metavar="ID|all", help="Send one dead letter, or all, back to the queue they came from.")
    ] = "",
    delete: Annotated[str, typer.Option(metavar="ID", help="Delete this message.")] = "",
    purge: Annotated[bool, typer.Option("--purge", help="Delete all messages of the queues, after asking.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Show at most this many messages of a queue.")] = 20,
    sqs: FoundSqs = None,
    api: Api = LOCAL_API,
) -> None:
    """List the queues, look at their messages without receiving them, send dead letters back, or delete."""
    with clear_errors():
        _only_one({"--replay": replay, "--delete": delete, "--purge": purge})
        from facepipe.client import queue_desk
        from facepipe.client import queues as owner
        from facepipe.client.emulator_messages import oldest_ages
        from facepipe.client.endpoints import EndpointError, Endpoints, sqs_client
        from facepipe.client.progress import show_queues
        from facepipe.client.terminal_text import shown

        if sqs is None:  # an emulator on other ports answers SQS's calls at its API's port as well
            sqs = LOCAL_SQS if api in ("", LOCAL_API) else api
        client, terminal, ages = sqs_client(Endpoints(sqs=sqs)), console(), oldest_ages(api if sqs else "")
        everything = owner.list_queues(client, ages)
        chosen = [state for state in everything if not names or state.name in names]
        if missing := set(names or []) - {state.name for state in chosen}:
            there = ", ".join(state.name for state in everything) or "none at all"
            raise EndpointError(f"there is no queue {', '.join(sorted(missing))}, but {there}")
        own = ages is not None and {state.name for state in everything} <= set(
            ages
        )  # else it is another emulator's API
        desk = queue_desk.open_desk(api, client, everything, own=own)
        letters = queue_desk.dead_letter_queues(chosen, everything)
        if replay == "all":
            queue_desk.replay_all(desk, letters, terminal)
        elif replay:
            terminal.print(shown(f"{replay}: moved back to {queue_desk.replay_message(desk, letters, replay)}"))
        elif delete:
            terminal.print(shown(f"{delete}: deleted from {queue_desk.delete_message(desk, chosen, delete)}"))
        elif dead:
            queue_desk.show_messages(desk, letters, terminal, limit=limit, api=api)
        else:
            show_queues(chosen, terminal)
        if purge:
            _purge(client, chosen, terminal, ask=not yes)
        elif names and not (replay or delete or dead):
            queue_desk.show_messages(desk, chosen, terminal, limit=limit, api=api)


def _only_one(options: Mapping[str, object]) -> None:
    """Refuse options of which one would be ignored beside another."""
    from facepipe.client.endpoints import EndpointError

    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise EndpointError(f"{' and '.join(given)} do different things: give one of them")


def _purge(client: Any, chosen: "Sequence[QueueState]", terminal: "Console", *, ask: bool) -> None:
    """Empty queues, after asking."""
    from facepipe.client.printable_text import printable
    from facepipe.client.queues import purge

    count = sum(state.depth for state in chosen)
    if ask:
        names = printable(", ".join(state.name for state in chosen))
        typer.confirm(f"Delete {count} messages from {names}?", abort=True)
    purge(client, chosen)
    terminal.print(f"{count} messages deleted", highlight=False)
