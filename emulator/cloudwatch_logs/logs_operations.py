"""The operations of CloudWatch Logs that read: groups, streams, events. Each takes parameters and returns members."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.arns import Arns, resource_name
from emulator.cloudwatch_logs.line_filters import FilterPatternError, line_filter
from emulator.journal.entries import Line
from emulator.journal.journal import Journal
from emulator.journal.store import JournalStore
from emulator.journal.stream_lines import StreamSelection, StreamSummary, stream_lines, streams
from emulator.resources import Function

GROUPS, EVENTS = 50, 10_000  #: of one answer, where the caller names no limit
LAST_EVENT_TIME = "LastEventTime"
INVALID_PARAMETER, NOT_FOUND = "InvalidParameterException", "ResourceNotFoundException"
_TOKEN = re.compile(r"([fbn])/0*(\d{1,18})(?:/s)?")

Parameters = Mapping[str, Any]
Members = dict[str, Any]


@dataclass(slots=True)
class LogsError(Exception):
    """CloudWatch Logs refuses a call."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class LogsOperations:
    """Reads what the journal keeps of the functions' output."""

    journal: Journal
    functions: Callable[[], Sequence[Function]]
    arns: Arns
    started_ms: int  #: when the emulator was started; the creation time of groups without output

    async def describe_log_groups(self, given: Parameters) -> Members:
        """Return the functions' log groups, by name."""
        prefix, part = given.get("logGroupNamePrefix", ""), given.get("logGroupNamePattern", "")
        if prefix and part:
            raise _invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        names = [name for name in sorted(self._groups()) if name.startswith(prefix) and part in name]
        shown, token = _page(names, given, GROUPS)
        groups = []
        for name in shown:
            found = await self._streams(name)
            created = min((stream.first_ms for stream in found), default=self.started_ms)
            arn = self.arns.log_group(name)
            described = {"logGroupName": name, "creationTime": created, "metricFilterCount": 0, "storedBytes": 0}
            groups.append({**described, "arn": f"{arn}:*", "logGroupArn": arn, "logGroupClass": "STANDARD"})
        return {"logGroups": groups, **token}

    async def describe_log_streams(self, given: Parameters) -> Members:
        """Return a group's streams, by name or by the time of their last event."""
        group, by_time = self._group(given), given.get("orderBy") == LAST_EVENT_TIME
        prefix = given.get("logStreamNamePrefix", "")
        if prefix and by_time:
            raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        found = await self._streams(group)
        if by_time:
            found.sort(key=lambda stream: stream.last_ms)
        if given.get("descending"):
            found.reverse()
        shown, token = _page([stream for stream in found if stream.name.startswith(prefix)], given, GROUPS)
        arn = self.arns.log_group(group)
        described = [
            {
                "logStreamName": stream.name,
                "creationTime": stream.first_ms,
                "firstEventTimestamp": stream.first_ms,
                "lastEventTimestamp": stream.last_ms,
                "lastIngestionTime": stream.last_ms,
                "arn": f"{arn}:log-stream:{stream.name}",
                "storedBytes": 0,
            }
            for stream in shown
        ]
        return {"logStreams": described, **token}

    async def get_log_events(self, given: Parameters) -> Members:
        """Return events of one stream: the latest, the earliest, or those after or before a page."""
        group, name = self._group(given), given["logStreamName"]
        functions = self._groups()[group]
        if name not in [stream.name for stream in await self._streams(group)]:
            raise LogsError(NOT_FOUND, "The specified log stream does not exist.")
        direction, row = _direction(given.get("nextToken", ""), "fb")
        latest = direction == "b" or (not direction and not given.get("startFromHead"))
        wanted = StreamSelection(
            functions,
            (name,),
            since_ms=given.get("startTime", 0),
            until_ms=given.get("endTime"),
            after=row if direction == "f" else 0,
            before=row if direction == "b" else None,
            limit=given.get("limit", EVENTS),
        )
        found = await self.journal.ask(lambda store: stream_lines(store, wanted, latest=latest))
        first, last = (found[0][0], found[-1][0]) if found else (row + (direction == "f"), row - (direction == "b"))
        return {
            "events": [_event(line) for _, line in found],
            "nextForwardToken": f"f/{max(last, 0):056d}/s",
            "nextBackwardToken": f"b/{first:056d}/s",
        }

    async def filter_log_events(self, given: Parameters) -> Members:
        """Return a group's events that match a filter pattern, from all its streams or some of them."""
        group, names, prefix = self._group(given), given.get("logStreamNames", ()), given.get("logStreamNamePrefix", "")
        if names and prefix:
            raise _invalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
        try:
            matches = line_filter(given.get("filterPattern", ""))
        except FilterPatternError as error:
            raise _invalid(f"Invalid filter pattern: {error}") from error
        limit, functions = given.get("limit", EVENTS), self._groups()[group]
        _, row = _direction(given.get("nextToken", ""), "n")
        until_ms = given.get("endTime")
        wanted = StreamSelection(functions, names, prefix, given.get("startTime", 0), until_ms, after=row, limit=EVENTS)

        def look(store: JournalStore) -> tuple[list[tuple[int, Line]], list[Members]]:  # not in the emulator's loop
            found = stream_lines(store, wanted)
            return found, [_filtered(row, line) for row, line in found if matches(line.text)]

        found, events = await self.journal.ask(look)
        last = found[-1][0] if len(found) == EVENTS else 0
        if len(events) > limit:
            last, events = int(events[limit - 1]["eventId"]), events[:limit]
        token = {"nextToken": f"n/{last:056d}"} if last else {}
        return {"events": events, "searchedLogStreams": [], **token}

    async def _streams(self, group: str) -> list[StreamSummary]:
        functions = self._groups()[group]
        return await self.journal.ask(lambda store: streams(store, functions))

    def _groups(self) -> dict[str, list[str]]:
        """Return the names of the functions that write to each log group."""
        groups: dict[str, list[str]] = {}
        for function in self.functions():
            groups.setdefault(function.log_group, []).append(function.name)
        return groups

    def _group(self, given: Parameters) -> str:
        """Return the group that a call names, by name or ARN."""
        name, identifier = given.get("logGroupName", ""), given.get("logGroupIdentifier", "")
        if bool(name) == bool(identifier):
            raise _invalid("Exactly one of logGroupName and logGroupIdentifier is required.")
        group = name or resource_name(identifier.removesuffix(":*"))
        if group not in self._groups():
            raise LogsError(NOT_FOUND, "The specified log group does not exist.")
        return str(group)


def _page(found: Sequence[Any], given: Parameters, most: int) -> tuple[Sequence[Any], Members]:
    """Return a page of a list, and the token of the next page if there is one."""
    _, start = _direction(given.get("nextToken", ""), "n")
    end = start + given.get("limit", most)
    return found[start:end], {"nextToken": f"n/{end:056d}"} if end < len(found) else {}


def _direction(token: str, known: str) -> tuple[str, int]:
    """Return what a token says: its kind and its number; nothing for an empty one."""
    if not token:
        return "", 0
    match = _TOKEN.fullmatch(token)
    if match is None or match[1] not in known:
        raise _invalid("The specified nextToken is invalid.")
    return match[1], int(match[2])


def _event(line: Line) -> Members:
    """Return an event as AWS has it: Lambda ends each line with a line break."""
    return {"timestamp": int(line.at_ms), "message": f"{line.text}\n", "ingestionTime": int(line.at_ms)}


def _filtered(row: int, line: Line) -> Members:
    return {**_event(line), "logStreamName": line.stream, "eventId": f"{row:056d}"}


def _invalid(message: str) -> LogsError:
    return LogsError(INVALID_PARAMETER, message)
