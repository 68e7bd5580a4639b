"""Verbs that show what happened: to a request, in the functions, altogether."""

# ruff: noqa: PLC0415
import json
from typing import Annotated

import typer

from facepipe.verbs.options import LOCAL_API, LOCAL_SQS, Api, Sqs, clear_errors, console, say

Since = Annotated[str, typer.Option(help="Only what happened in the last 30s, 5m, 2h, 1d …")]
LATEST_LINES = 100  #: that `logs` shows if nothing else is asked for
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def trace(
    request_id: Annotated[
        str, typer.Argument(help="A photo's request_id, or the id of an invocation, a message or a trace.")
    ] = "",
    slowest: Annotated[int, typer.Option(min=0, max=1000, help="List this many of the slowest requests instead.")] = 0,
    failed: Annotated[bool, typer.Option("--failed", help="List requests that failed instead.")] = False,
    since: Since = "",
    as_json: AsJson = False,
    api: Api = LOCAL_API,
) -> None:
    """Show where a request's time went, or list requests: the latest, the slowest, those that failed."""
    with clear_errors():
        from facepipe.client.api import ask
        from facepipe.client.since import seconds
        from facepipe.client.waterfall import show_trace, show_traces

        if request_id:
            answer = ask(api, f"/trace/{request_id}")
        else:
            query = {
                "limit": slowest or 20,
                "slowest": int(slowest > 0),
                "failed": int(failed),
                "since_s": seconds(since),
            }
            answer = ask(api, "/traces", **query)
        if as_json:
            print(json.dumps(answer, indent=2))
        elif request_id:
            show_trace(answer, console())
        else:
            show_traces(answer["traces"], console())


def logs(
    function: Annotated[
        str, typer.Argument(help="Only this function's lines; without it, those of all functions.")
    ] = "",
    request_id: Annotated[str, typer.Option(help="Only of this request: a photo's request_id, or Lambda's.")] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Continue with lines that are written from now on.")
    ] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Only errors.")] = False,
    since: Since = "",
    latest: Annotated[
        int | None,
        typer.Option(
            "-n", min=1, max=9_999, help="Only this many of the latest lines; 100 if no other option is given."
        ),
    ] = None,
    api: Api = LOCAL_API,
) -> None:
    """Show what the functions wrote, with Lambda's START, END and REPORT lines."""
    with clear_errors():
        from facepipe.client.log_view import LogFilter, lines, show
        from facepipe.client.since import seconds

        terminal = console()
        number = latest or (0 if since or request_id else LATEST_LINES)
        for line in lines(api, LogFilter(function, request_id, errors, seconds(since), number), follow=follow, say=say):
            show(line, terminal)


def stats(since: Since = "", as_json: AsJson = False, api: Api = LOCAL_API, sqs: Sqs = LOCAL_SQS) -> None:
    """Show requests, errors, cold starts, times and queues; Prometheus reads the same from port 9001, /metrics."""
    with clear_errors():
        import contextlib

        from facepipe.client.api import ask
        from facepipe.client.emulator_messages import oldest_ages
        from facepipe.client.endpoints import EndpointError, Endpoints, sqs_client
        from facepipe.client.queues import list_queues
        from facepipe.client.since import seconds
        from facepipe.client.stats_view import show

        answer = ask(api, "/stats", since_s=seconds(since))
        if as_json:
            print(json.dumps(answer, indent=2))
            return
        looked = []
        with contextlib.suppress(EndpointError):  # without SQS, a few ages are missing
            looked = list_queues(sqs_client(Endpoints(sqs=sqs)), oldest_ages(api))
        show(answer, looked, console())
