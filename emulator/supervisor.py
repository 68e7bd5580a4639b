"""The first process of every environment, in a container as natively: starts RIE and the handler, and reports.

Standard library only, Python 3.9 or newer, nothing of this project: the file is mounted into images that know nothing
of it. The emulator's end of the connection is link.py; docs/architecture.md has the messages.

    supervisor.py --emulator HOST:PORT --function NAME --rie PATH [--listen HOST] [--port N] -- COMMAND...

RIE and the handler die together, and with this process: a handler that outlives its RIE would go on publishing.
"""

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
import uuid
from typing import Any

PR_SET_PDEATHSIG = 1
LINE_BYTES = 65_536  #: of a line of output that are passed on
CONNECT_PAUSE_S = 0.2
START_TIMEOUT_S = 10.0
RESTART_PAUSES_S = (0.0, 0.1, 0.5, 1.0, 2.0)  #: before each new start, until an environment has lived for a while
STEADY_S = 5.0


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends; survives exec."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Group:
    """RIE and everything that it started: one session of processes."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    @staticmethod
    async def start(options: argparse.Namespace, environment: "dict[str, str]") -> "Group":
        """Start RIE with the command as its runtime, on free ports of its own."""
        port, api_port = options.port or free_port(options.listen), free_port("127.0.0.1")
        wrapped = [sys.executable, "-S", os.path.abspath(__file__), "--die-with-parent", "--", *options.command]
        process = await asyncio.create_subprocess_exec(
            options.rie,
            "--runtime-interface-emulator-address",
            f"{options.listen}:{port}",
            "--runtime-api-address",
            f"127.0.0.1:{api_port}",
            *wrapped,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        return Group(process, port)

    async def listening(self, host: str) -> None:
        """Wait until RIE takes connections; it starts the handler only at the first call."""
        while self.process.returncode is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, self.port)
                writer.close()
                return
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Kill every process of the session and wait for RIE's end."""
        for pid in session_members(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        reap_orphans()


def free_port(host: str) -> int:
    """Return a port that is free right now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def session_members(session: int) -> "list[int]":
    """Return the processes of a session: children keep it whatever process group they make."""
    members = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
                if int(fields[3]) == session:
                    members.append(int(entry))
    return members


def reap_orphans() -> None:
    """Collect dead processes that were handed to us as the container's first process."""
    if os.getpid() == 1:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


class Session:
    """One connection to the emulator: its end is the environment's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.stopped = False
        self._commands: asyncio.Queue[str] = asyncio.Queue()

    async def send(self, kind: str, **fields: object) -> None:
        """Send one message."""
        self.writer.write(json.dumps({"type": kind, **fields}).encode() + b"\n")
        await self.writer.drain()

    async def receive(self) -> "dict[str, Any]":
        """Return the next message; an empty one when the connection has ended."""
        line = await self.reader.readline()
        message: dict[str, Any] = json.loads(line) if line else {}
        return message

    async def run(self, options: argparse.Namespace) -> None:
        """Announce the environment, take its configuration, and keep RIE running until the connection ends."""
        await self.send("hello", function=options.function, environment=options.environment)
        configuration = await self.receive()
        if configuration.get("type") != "configure":
            print(
                f"supervisor: the emulator refuses: {configuration.get('reason', 'connection ended')}", file=sys.stderr
            )
            await asyncio.sleep(2)
            return
        environment = {**os.environ, **configuration["environment"]}
        keeper = asyncio.ensure_future(self._keep_running(options, environment))
        listener = asyncio.ensure_future(self._listen())
        try:
            await asyncio.wait({keeper, listener}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (keeper, listener):
                task.cancel()
            await asyncio.gather(keeper, listener, return_exceptions=True)

    async def _listen(self) -> None:
        while message := await self.receive():
            if message["type"] == "stop":
                self.stopped = True
                return
            await self._commands.put(message["type"])

    async def _keep_running(self, options: argparse.Namespace, environment: "dict[str, str]") -> None:
        quick_ends = 0
        while True:
            started = asyncio.get_running_loop().time()
            reason = await self._run_once(options, environment)
            await self.send("exit", reason=reason)
            lived = asyncio.get_running_loop().time() - started
            quick_ends = 0 if lived > STEADY_S else quick_ends + 1
            await asyncio.sleep(RESTART_PAUSES_S[min(quick_ends, len(RESTART_PAUSES_S) - 1)] if quick_ends > 1 else 0)

    async def _run_once(self, options: argparse.Namespace, environment: "dict[str, str]") -> str:
        """Run RIE until it ends or is to be restarted; return why."""
        group = await Group.start(options, environment)
        pumps = [
            asyncio.ensure_future(self._pump(group.process.stdout, "stdout")),
            asyncio.ensure_future(self._pump(group.process.stderr, "stderr")),
        ]
        command = asyncio.ensure_future(self._commands.get())
        ended = asyncio.ensure_future(group.process.wait())
        try:
            await asyncio.wait_for(group.listening(options.listen), START_TIMEOUT_S)
            if group.process.returncode is None:
                await self.send("ready", port=group.port)
            await asyncio.wait({command, ended}, return_when=asyncio.FIRST_COMPLETED)
            return f"RIE ended with {describe_exit(ended.result())}" if ended.done() else "restarted by the emulator"
        except TimeoutError:
            return f"RIE did not listen within {START_TIMEOUT_S:g} s"
        finally:
            command.cancel()
            await group.kill()
            ended.cancel()
            await asyncio.wait(pumps, timeout=1)
            for pump in pumps:
                pump.cancel()

    async def _pump(self, stream: "asyncio.StreamReader | None", name: str) -> None:
        """Pass every line of output on; of very long ones, the beginning."""
        while stream is not None:
            try:
                line = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                line = error.partial
            except asyncio.LimitOverrunError:
                line = await stream.read(LINE_BYTES)
            if not line:
                return
            await self.send("log", stream=name, line=line.decode("utf-8", "replace").rstrip("\n"))


def describe_exit(code: int) -> str:
    """Return an exit code as a person would say it."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


async def supervise(options: argparse.Namespace) -> None:
    """Connect to the emulator, again and again, until it says stop."""
    host, _, port = options.emulator.rpartition(":")
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    waiter = asyncio.ensure_future(stopping.wait())
    while not stopping.is_set():
        try:
            reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 20)
        except OSError:
            await asyncio.wait({waiter}, timeout=CONNECT_PAUSE_S)
            continue
        session = Session(reader, writer)
        run = asyncio.ensure_future(session.run(options))
        await asyncio.wait({run, waiter}, return_when=asyncio.FIRST_COMPLETED)
        run.cancel()
        with contextlib.suppress(OSError, asyncio.CancelledError, ValueError):
            await run
        writer.close()
        if session.stopped:
            break
    waiter.cancel()


def main() -> None:
    """Read the command line and supervise; or, as RIE's child, become the handler's command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--die-with-parent", action="store_true", help="become COMMAND, dying with the process above")
    parser.add_argument("--emulator", metavar="HOST:PORT", default="emulator:9002")
    parser.add_argument("--function", metavar="NAME", default="")
    parser.add_argument("--rie", metavar="PATH", default="/facepipe/aws-lambda-rie")
    parser.add_argument("--listen", metavar="HOST", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=0, help="that RIE listens on; 0: any that is free")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    if options.die_with_parent:
        die_with_parent()
        os.execvp(options.command[0], options.command)
    options.environment = f"{socket.gethostname()[:12]}-{uuid.uuid4().hex[:8]}"
    asyncio.run(supervise(options))


if __name__ == "__main__":
    main()
