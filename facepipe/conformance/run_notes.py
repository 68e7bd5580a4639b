"""Makes the notes at the top of the page: the server, the versions, and the command that repeats the run."""

import datetime as dt
from importlib.metadata import PackageNotFoundError, version

from facepipe.conformance.report_page import RunNotes

TITLES = {"facepipe": "facepipe {facepipe}", "aws": "AWS", "server": "A server"}
HOW = {
    "facepipe": "started by the suite, functions as processes behind the Runtime API",
    "aws": "an account of whoever ran it",
    "server": "a running server",
}
AGAIN = {
    "facepipe": "scripts/conformance",
    "aws": "scripts/conformance --against aws --yes",
    "server": "scripts/conformance --against URL",
}


def notes_of(kind: str, title: str, how: str) -> RunNotes:
    """Return the notes of a run of today. `title` and `how` are the user's own texts, or empty."""
    own = _version("facepipe")
    return RunNotes(
        title=title or TITLES[kind].format(facepipe=own),
        how=how or HOW[kind],
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        suite=own,
        boto3=_version("boto3"),
        again=AGAIN[kind],
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of a checkout"
