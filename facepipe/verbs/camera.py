"""Verbs of a camera and its owner."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.options import (
    LOCAL_API,
    LOCAL_SQS,
    LOCAL_URL,
    RESPONSES,
    Api,
    ResponseQueue,
    Sqs,
    Stack,
    Url,
    clear_errors,
    console,
)


def send(
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, folders, videos.")] = None,
    camera: Annotated[int | None, typer.Option(help="The number of a webcam.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Of videos and webcams, send every n-th frame.")] = 1,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many photos.")] = None,
    in_flight: Annotated[int, typer.Option(min=1, max=100, help="Photos under way at once.")] = 4,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for an accepted photo's result.")] = 60,
    url: Url = LOCAL_URL,
    sqs: Sqs = LOCAL_SQS,
    response_queue: ResponseQueue = RESPONSES,
    api: Api = LOCAL_API,
    stack: Stack = "",
) -> None:
    """Send photos and show who is on them; exit code 1 when one failed or timed out."""
    with clear_errors():
        from itertools import islice

        from facepipe.client.deployed import deployed
        from facepipe.client.endpoints import Endpoints
        from facepipe.client.photos import PhotoSourceError, camera_frames, frames
        from facepipe.client.progress import send_and_show
        from facepipe.client.send import SendOptions
        from facepipe.client.signing import signature

        if not photos and camera is None:
            raise PhotoSourceError("nothing to send: name photos, folders or videos, or a webcam with --camera 0")
        source = camera_frames(camera, every=every) if camera is not None else frames(photos or [], every=every)
        endpoints = deployed(stack) if stack else Endpoints(url, sqs, response_queue, api=api if sqs else "")
        plan = SendOptions(endpoints.url, in_flight, timeout, auth=signature(endpoints))
        rows = send_and_show(islice(source, count), plan, endpoints, console())
        raise typer.Exit(0 if all(row.completed for row in rows) else 1)


def collect(
    request_ids: Annotated[list[str] | None, typer.Argument(help="Whose results; without any: all that come.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait.")] = 60,
    sqs: Sqs = LOCAL_SQS,
    response_queue: ResponseQueue = RESPONSES,
    api: Api = LOCAL_API,
    stack: Stack = "",
) -> None:
    """Take results from the response queue and print them; exit code 1 when one did not come."""
    with clear_errors():
        from facepipe.client.deployed import deployed
        from facepipe.client.endpoints import Endpoints
        from facepipe.client.progress import collect_and_show

        endpoints = (
            deployed(stack) if stack else Endpoints(sqs=sqs, response_queue=response_queue, api=api if sqs else "")
        )
        missing = collect_and_show(request_ids or [], timeout, endpoints, console())
        raise typer.Exit(1 if missing else 0)


def queues(
    names: Annotated[list[str] | None, typer.Argument(help="Which queues; without any: all.")] = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete all their messages, after asking.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="Move dead letters back to where they came from.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    sqs: Sqs = LOCAL_SQS,
) -> None:
    """List the queues with what is in them; empty them, or bring dead letters back."""
    with clear_errors():
        from facepipe.client import queues as owner
        from facepipe.client.endpoints import EndpointError, Endpoints, sqs_client
        from facepipe.client.progress import show_queues
        from facepipe.client.terminal_text import printable, shown

        client, terminal = sqs_client(Endpoints(sqs=sqs)), console()
        everything = owner.list_queues(client)
        chosen = [state for state in everything if not names or state.name in names]
        if missing := set(names or []) - {state.name for state in chosen}:
            raise EndpointError(f"there is no queue {', '.join(sorted(missing))}")
        show_queues(chosen, terminal)
        if purge:
            count = sum(state.depth for state in chosen)
            if not yes:
                chosen_names = printable(", ".join(state.name for state in chosen))
                typer.confirm(f"Delete {count} messages from {chosen_names}?", abort=True)
            owner.purge(client, chosen)
            terminal.print(f"{count} messages deleted", highlight=False)
        if replay:
            for name, moved in owner.replay(client, everything).items():
                terminal.print(shown(f"{name}: {moved} messages moved back"))
