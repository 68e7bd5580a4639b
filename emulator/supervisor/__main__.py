"""The supervisor's command line.

python -m emulator.supervisor --emulator HOST:PORT --function NAME [--rie PATH] [--listen HOST] [--port N] [--once]
    [--extensions PATHS] -- COMMAND...

The function's token is in the variable FACEPIPE_LINK_TOKEN or in a file, never on the command line, which everybody on
the machine can read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import uuid

from emulator.supervisor.link_token import LINK_FILE, take_token
from emulator.supervisor.session import Session

CONNECT_S = 10.0  #: how long one attempt to connect may take, and with --once all of them
CONNECT_PAUSE_S = 0.2
UNREACHABLE, REFUSED = 3, 4  #: exit codes with --once; the emulator's containers/ repeats them, and a test compares


async def supervise(options: argparse.Namespace) -> int:
    """Connect to the emulator, again after each end of the connection, until it says stop; return the exit code.

    With `once` it ends with its first connection: whoever started it starts another.
    """
    host, _, port = options.emulator.rpartition(":")
    stopping, code = asyncio.Event(), 0
    give_up = asyncio.get_running_loop().time() + CONNECT_S
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    waiter = asyncio.ensure_future(stopping.wait())
    while not stopping.is_set():
        try:
            connecting = asyncio.open_connection(host, int(port), limit=1 << 20)
            reader, writer = await asyncio.wait_for(connecting, CONNECT_S)
        except (OSError, asyncio.TimeoutError):  # noqa: UP041  # before Python 3.11 it is another error than TimeoutError
            if options.once and asyncio.get_running_loop().time() >= give_up:
                code = UNREACHABLE
                break
            await asyncio.wait({waiter}, timeout=CONNECT_PAUSE_S)
            continue
        session = Session(reader, writer)
        run = asyncio.ensure_future(session.run(options))
        await asyncio.wait({run, waiter}, return_when=asyncio.FIRST_COMPLETED)
        run.cancel()
        with contextlib.suppress(OSError, asyncio.CancelledError, ValueError):
            await run
        writer.close()
        if session.stopped or options.once:
            code = REFUSED if session.refused else 0
            break
    waiter.cancel()
    return code


def main() -> None:
    """Read the command line and supervise."""
    parser = argparse.ArgumentParser(prog="supervisor", description="Run a Lambda function for the emulator.")
    parser.add_argument("--emulator", metavar="HOST:PORT", default="aws:9002")
    parser.add_argument("--function", metavar="NAME", required=True)
    parser.add_argument("--code-version", metavar="TEXT", default="", help="which code the command runs")
    parser.add_argument("--rie", metavar="PATH", default="/facepipe/aws-lambda-rie")
    parser.add_argument("--listen", metavar="HOST", default="0.0.0.0", help="the address that takes invocations")
    parser.add_argument("--port", type=int, default=0, help="the port that takes invocations; 0 means any free port")
    parser.add_argument("--token-file", metavar="PATH", default=LINK_FILE, help="where the function's token is")
    parser.add_argument(
        "--extensions", metavar="PATHS", default="/opt/extensions", help="folders and files of external extensions"
    )
    parser.add_argument("--once", action="store_true", help="end with the first connection to the emulator")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="the function's own command")
    options = parser.parse_args()
    options.token = take_token(os.environ)
    host = re.sub("[^A-Za-z0-9.-]", "-", socket.gethostname()[:12])
    options.environment = f"{host}-{uuid.uuid4().hex[:8]}"
    sys.exit(asyncio.run(supervise(options)))


if __name__ == "__main__":
    main()
