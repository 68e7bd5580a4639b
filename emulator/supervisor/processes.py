"""Runs a command. It and all processes that it starts end together, and end when the starting process ends."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from emulator.supervisor.freezing import DIGITS, Freezer
from emulator.supervisor.output_lines import Lines, MessageSender

PR_SET_PDEATHSIG = 1
RESTART_PAUSES_S = (0.0, 0.0, 0.5, 1.0, 2.0)  #: the pauses before new starts, until a process has run for a while
STEADY_S = 5.0
#: RIE starts this program, which becomes the function's command. The command dies with RIE, because a handler that
#: outlived RIE would go on publishing. It writes to two pipes of its own, so that its lines cannot be taken for RIE's.
#: A third pipe gets its process id (freezing.py). Its Runtime API may be a relay (init_ahead.py) instead of RIE's own.
_BECOME_COMMAND = (
    f"import ctypes, os, sys; ctypes.CDLL(None).prctl({PR_SET_PDEATHSIG}, {int(signal.SIGKILL)}); "
    "out, err, pid = map(int, sys.argv[1:4]); os.dup2(out, 1); os.dup2(err, 2); os.close(out); os.close(err); "
    f"os.write(pid, b'%0{DIGITS}d' % os.getpid()); os.close(pid); "
    "api = sys.argv[4]; api and os.environ.update(AWS_LAMBDA_RUNTIME_API=api); "
    "os.execvp(sys.argv[5], sys.argv[5:])"
)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends; this survives exec."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def command_behind_rie(command: Sequence[str], output: Sequence[Lines], freezer: Freezer, api: str) -> list[str]:
    """Return what RIE starts: a program that redirects its output, dies with RIE and becomes the command.

    `output` is its standard output and standard error, `api` the address of its Runtime API, "" for RIE's own.
    """
    sinks = [str(output[0].sink), str(output[1].sink), str(freezer.sink)]
    return [*this_python(), "-S", "-c", _BECOME_COMMAND, *sinks, api, *command]


def this_python() -> list[str]:
    """Return the words that start this Python; one that is mounted into an image is started by a loader of its own."""
    with contextlib.suppress(OSError), open("/proc/self/cmdline", encoding="utf-8", errors="surrogateescape") as file:
        words = file.read().split("\0")
        if sys.executable in words:
            return words[: words.index(sys.executable) + 1]
    return [sys.executable]


def two_streams(sender: MessageSender) -> list[Lines]:
    """Return the standard output and the standard error of a function."""
    return [Lines("stdout", sender), Lines("stderr", sender)]


class Group:
    """A command and everything that it started, which is one session of processes."""

    def __init__(self, process: asyncio.subprocess.Process, outputs: Sequence[Lines]) -> None:
        self.process = process
        self.exited = asyncio.ensure_future(process.wait())  #: the command's exit code
        self._session = ProcessSession(process.pid)
        self._outputs = outputs
        self._pumps = [asyncio.ensure_future(lines.pump()) for lines in outputs]

    @staticmethod
    async def start(
        command: Sequence[str],
        environment: Mapping[str, str],
        streams: Sequence[Lines],
        inherited: Sequence[Lines] = (),
        freezer: Freezer | None = None,
    ) -> Group:
        """Start a command. Raises `OSError` if it cannot be started.

        `streams` are its standard output and standard error; it also gets the descriptors of `inherited` and `freezer`.
        """
        outputs = [*inherited, *streams]
        passed = [lines.sink for lines in inherited] + ([freezer.sink] if freezer else [])
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=streams[0].sink,
                stderr=streams[1].sink,
                pass_fds=passed,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        except OSError:
            for lines in outputs:
                lines.close()
            raise
        finally:
            for sink in passed + [lines.sink for lines in streams]:
                os.close(sink)
        return Group(process, outputs)

    def members(self) -> list[int]:
        """Return all its processes, for measuring them."""
        return self._session.members()

    def has_ended(self) -> bool:
        """Return whether the command has ended, even if `exited` does not know it yet."""
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def signal(self, number: int) -> None:
        """Send a signal to the command and those of its children that stayed in its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def take_output(self) -> None:
        """Pass on every line that has been written until now, the inherited streams' before the command's own."""
        for lines in self._outputs:
            lines.take()

    async def kill(self) -> None:
        """Kill every process of the session, wait for the command's end and pass its last output on."""
        for pid in ProcessSession(self.process.pid).members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.wait({self.exited})
        reap_orphans()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for lines in self._outputs:
            lines.close()


class ProcessSession:
    """The processes of a session: children keep it whatever process group they make.

    A process cannot come from one session into another, so those of other sessions are looked at once only.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._others: set[str] = set()  #: running processes of other sessions

    def members(self) -> list[int]:
        """Return those that run now."""
        running = {entry for entry in os.listdir("/proc") if entry.isdigit()}
        self._others &= running
        members = []
        for entry in running - self._others:
            with contextlib.suppress(OSError, IndexError, ValueError):
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
                if int(fields[3]) == self._number:
                    members.append(int(entry))
                else:
                    self._others.add(entry)
        return members


def reap_orphans() -> None:
    """Collect dead processes that were handed to us as the container's first process."""
    if os.getpid() == 1:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """Yield a free port of 127.0.0.1 for another program to listen on, while the block lasts.

    The port stays bound here, so that no outgoing connection gets it until the program listens. On Linux the program
    can bind it all the same, because this socket does not listen and both allow the reuse of addresses, as servers do.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def describe_exit(code: int) -> str:
    """Return an exit code in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


async def keep_running(run_once: Callable[[], Awaitable[bool]]) -> None:
    """Run something again whenever it has ended. The pauses grow while it ends soon and by itself (returns True)."""
    quick_ends = 0
    while True:
        started = asyncio.get_running_loop().time()
        by_itself = await run_once()
        lifetime_s = asyncio.get_running_loop().time() - started
        quick_ends = quick_ends + 1 if by_itself and lifetime_s < STEADY_S else 0
        await asyncio.sleep(RESTART_PAUSES_S[min(quick_ends, len(RESTART_PAUSES_S) - 1)])
