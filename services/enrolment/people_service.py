"""The people service changes a gallery for the console. It answers on a socket in the file system, and on no port.

So no page and no other machine can reach it; the mode of the socket's file decides who may open it.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from services.enrolment.people_desk import PeopleDesk
from services.enrolment.people_routes import create_people_app
from services.logs import log
from services.nets.model_files import ModelError, read_manifest

CLOSE_S = 5.0  #: that requests have which are being answered at the end


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is ended, or until standard input ends, with `--until-input-ends`."""
    options = _options(arguments)
    try:
        manifest = read_manifest(options.models)
    except ModelError as error:
        sys.stderr.write(f"people: {error}\n")
        return 2
    keep = options.keep_pictures == "on"
    desk = PeopleDesk.of(options.gallery, options.models, manifest, keep=keep, sample=options.sample)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the first process of a container ignores it otherwise
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(desk, options.socket, until_input_ends=options.until_input_ends))
    return 0


async def serve(desk: PeopleDesk, path: Path, *, until_input_ends: bool = False) -> None:
    """Answer requests on a socket that only this user may open, or its folder's group if files get that group."""
    runner = web.AppRunner(create_people_app(desk), access_log=None, shutdown_timeout=CLOSE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, _socket(path)).start()
        log("people", "", gallery=str(desk.gallery))
        await (_end_of_input() if until_input_ends else asyncio.Event().wait())
    finally:
        await runner.cleanup()


def _socket(path: Path) -> socket.socket:
    """Return a socket at a path; one of an earlier service that has ended is replaced."""
    shared = path.parent.stat().st_mode & stat.S_ISGID
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117 if shared else 0o177)  # before anybody can open it
    try:
        path.unlink(missing_ok=True)
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening


async def _end_of_input() -> None:
    """Return when the program that started this one has ended: the other end of the pipe is closed then."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1 << 10):
        pass


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="people", description=__doc__)
    parser.add_argument("--gallery", type=Path, required=True, help="the gallery file")
    parser.add_argument("--models", type=Path, required=True, help="the folder of the models")
    parser.add_argument("--socket", type=Path, required=True, help="the file of the socket")
    parser.add_argument("--sample", type=Path, help="a portrait that the console may send")
    parser.add_argument("--keep-pictures", choices=("on", "off"), default="on", help="of the faces that are enrolled")
    parser.add_argument("--until-input-ends", action="store_true", help="end when standard input ends")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
